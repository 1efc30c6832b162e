// What is wrong with a page for whoever reads, touches or hears it; [] for a sound one.
() => {
  const shown = (each) => each.checkVisibility() && each.getClientRects().length;
  const bad = [];
  const levels = [...document.querySelectorAll("h1,h2,h3")].map((each) => +each.tagName[1]);
  if (levels.filter((level) => level === 1).length !== 1 || levels[0] !== 1) bad.push("h1: " + levels);
  levels.forEach((level, i) => { if (i && level > levels[i - 1] + 1) bad.push("heading skips: " + levels); });
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  if (new Set(ids).size !== ids.length) bad.push("ids twice: " + ids);
  for (const each of document.querySelectorAll("input:not([type=hidden]), textarea")) {
    if (!each.labels.length || !each.labels[0].textContent.trim()) bad.push("no label: " + each.id);
    for (const id of (each.getAttribute("aria-describedby") || "").split(/\s+/).filter(Boolean))
      if (!document.getElementById(id)) bad.push("describes nothing: " + id);
  }
  for (const each of document.querySelectorAll("a, button, summary, input:not([type=hidden]), textarea")) {
    if (!shown(each)) continue;
    const box = (each.closest("label") || each).getBoundingClientRect();
    if (box.height < 44 || box.width < 44) bad.push("small: " + each.outerHTML.slice(0, 80) + box.height);
    if (!each.textContent.trim() && !each.labels) bad.push("no name: " + each.outerHTML.slice(0, 80));
  }
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parse = (color) => color.match(/[\d.]+/g).map(Number);
  const ground = (each) => {
    for (let at = each; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color.slice(0, 3);
    }
    return [255, 255, 255];
  };
  for (const each of document.querySelectorAll("body *")) {
    const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !shown(each) || each.closest(".unseen")) continue;
    const [a, b] = [light(parse(getComputedStyle(each).color).slice(0, 3)), light(ground(each))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push("contrast " + ratio.toFixed(2) + ": " + each.outerHTML.slice(0, 80));
  }
  const edge = document.documentElement.clientWidth;
  for (const each of document.querySelectorAll("body *")) {
    if (shown(each) && !each.closest(".unseen") && each.getBoundingClientRect().right > edge + 1)
      bad.push("sticks out: " + each.outerHTML.slice(0, 80));
  }
  return bad;
}
