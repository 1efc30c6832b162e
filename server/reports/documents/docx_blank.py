"""A docx package without a word in it, and without any typeface but the one asked for.

python-docx's own template brings a theme, a hundred styles, a thumbnail and American settings. This
one has what Word and LibreOffice need to open it, and nothing to fall back on.
"""

import io
import zipfile
from xml.sax.saxutils import quoteattr

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"

_CONTENT_TYPES = f"""<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{_MAIN}.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="{_MAIN}.styles+xml"/>
<Override PartName="/word/settings.xml" ContentType="{_MAIN}.settings+xml"/>
<Override PartName="/word/fontTable.xml" ContentType="{_MAIN}.fontTable+xml"/>
</Types>"""

_PACKAGE = f"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="{_RELATED}/officeDocument" Target="word/document.xml"/>
</Relationships>"""

_PARTS = f"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="{_RELATED}/styles" Target="styles.xml"/>
<Relationship Id="rId2" Type="{_RELATED}/settings" Target="settings.xml"/>
<Relationship Id="rId3" Type="{_RELATED}/fontTable" Target="fontTable.xml"/>
</Relationships>"""

_DOCUMENT = f'<w:document {_WORD} xmlns:r="{_RELATED}"><w:body><w:sectPr/></w:body></w:document>'

# Without the compatibility setting Word opens a document in its mode of 2007, with other line breaks.
_SETTINGS = f"""<w:settings {_WORD}>
<w:zoom w:percent="100"/>
<w:defaultTabStop w:val="720"/>
<w:characterSpacingControl w:val="doNotCompress"/>
<w:compat>
<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>
</w:compat>
<w:themeFontLang w:val="vi-VN"/>
<w:decimalSymbol w:val=","/>
<w:listSeparator w:val=";"/>
</w:settings>"""

_STYLES = """<w:styles {word}>
<w:docDefaults>
<w:rPrDefault><w:rPr>{fonts}<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>
<w:lang w:val="vi-VN" w:eastAsia="vi-VN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>
<w:pPrDefault><w:pPr>
<w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/></w:pPr></w:pPrDefault>
</w:docDefaults>
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>
<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">
<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>
<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>
<w:uiPriority w:val="99"/><w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>
<w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/>
<w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>
<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>
<w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr></w:style>
<w:style w:type="paragraph" w:styleId="Header"><w:name w:val="header"/><w:basedOn w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="Footer"><w:name w:val="footer"/><w:basedOn w:val="Normal"/></w:style>
</w:styles>"""

_FONT_TABLE = """<w:fonts {word}><w:font w:name={font}><w:family w:val="roman"/>
<w:pitch w:val="variable"/></w:font></w:fonts>"""


def blank_package(font: str, size_pt: float) -> io.BytesIO:
    """The package; its defaults are `font` for every script, at `size_pt`, in Vietnamese."""
    name = quoteattr(font)
    fonts = (
        "<w:rFonts " + " ".join(f"w:{each}={name}" for each in ("ascii", "hAnsi", "eastAsia", "cs")) + "/>"
    )
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _PACKAGE,
        "word/_rels/document.xml.rels": _PARTS,
        "word/document.xml": _DOCUMENT,
        "word/settings.xml": _SETTINGS,
        "word/styles.xml": _STYLES.format(word=_WORD, fonts=fonts, half=round(size_pt * 2), borders=borders),
        "word/fontTable.xml": _FONT_TABLE.format(word=_WORD, font=name),
    }
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        for path, content in parts.items():
            archive.writestr(path, _HEAD + content)
    package.seek(0)
    return package


def with_fixed_times(package: bytes) -> bytes:
    """The same package with one and the same time on every part: equal content, equal bytes."""
    fixed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(fixed, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return fixed.getvalue()
