// The texts of the page whose contrast with the ground behind them is under 4.5 : 1 (3 : 1 for large ones).
const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const parse = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);

function ground(element) {
  for (let one = element; one; one = one.parentElement) {
    const [r, g, b, alpha = 1] = parse(getComputedStyle(one).backgroundColor);
    if (alpha > 0.99) return [r, g, b];
  }
  return [255, 255, 255];
}

const poor = [];
for (const element of document.querySelectorAll("body *:not(svg *, script, option)")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || !element.getClientRects().length || element.closest(".skip, .quiet")) continue;
  const style = getComputedStyle(element);
  const [one, other] = [luminance(parse(style.color)), luminance(ground(element))];
  const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
  if (contrast < (large ? 3 : 4.5)) poor.push(`${element.textContent.trim().slice(0, 30)} ${contrast.toFixed(2)}`);
}
return poor;
