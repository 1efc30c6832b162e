"""How a document is built, whatever it says: blocks, docx, xlsx, typst, the frame of a letter."""
