"""What a careful eye measures on a page: overflow, overlap, contrast. Each gives a list of faults."""

from __future__ import annotations

from playwright.async_api import Page

_TEXTS = """
const seen = new Map();
function clipped(box) {
  if (!box || box === document.body) return false;
  if (!seen.has(box)) seen.set(box, getComputedStyle(box).clipPath !== 'none' || clipped(box.parentElement));
  return seen.get(box);
}
function texts(root) {
  const found = [], walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, box = node.parentElement;
    if (!node.data.trim() || box.closest('.unseen, [hidden], option, noscript, title, script')) continue;
    if (!box.checkVisibility({ visibilityProperty: true })) continue;
    if (clipped(box)) continue;
    const frame = box.closest('pre, .table-wrap')?.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const away = frame && (rect.top >= frame.bottom || rect.bottom <= frame.top);
      if (!away && rect.width > 1 && rect.height > 1) found.push({ node, box, rect });
    }
  }
  return found;
}
"""

_OVERFLOW = """() => {
  const page = document.scrollingElement;
  return page.scrollWidth > innerWidth ? [`${page.scrollWidth} px in ${innerWidth} px`] : [];
}"""

_OVERLAP = f"""() => {{
  {_TEXTS}
  const all = texts(document.body).sort((a, b) => a.rect.top - b.rect.top).slice(0, 1500);
  const faults = [];
  for (let i = 0; i < all.length; i++) for (let j = i + 1; j < all.length; j++) {{
    const a = all[i], b = all[j];
    if (b.rect.top >= a.rect.bottom) break;
    if (a.node === b.node || a.box.closest('.found, dialog') || b.box.closest('.found, dialog')) continue;
    const wide = Math.min(a.rect.right, b.rect.right) - Math.max(a.rect.left, b.rect.left);
    const high = Math.min(a.rect.bottom, b.rect.bottom) - Math.max(a.rect.top, b.rect.top);
    if (wide > 2 && high > 4) faults.push(`${{a.node.data}} | ${{b.node.data}}`);
  }}
  for (const {{ node, box, rect }} of all) {{
    const card = box.closest('.card, .tile, .panel'), scrolls = box.closest('.table-wrap, pre');
    if (!card || (scrolls && scrolls.scrollWidth > scrolls.clientWidth)) continue;
    const edge = card.getBoundingClientRect().right - parseFloat(getComputedStyle(card).paddingRight);
    const clipped = getComputedStyle(box).textOverflow === 'ellipsis';
    if (rect.right > edge + 1.5 && !clipped) faults.push(`over the edge: ${{node.data}}`);
  }}
  return faults;
}}"""

_CONTRAST = f"""() => {{
  {_TEXTS}
  const canvas = document.createElement('canvas').getContext('2d', {{ willReadFrequently: true }});
  const read = new Map();
  function colour(text) {{
    if (!read.has(text)) {{
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      read.set(text, [r, g, b, a / 255]);
    }}
    return read.get(text);
  }}
  const grounds = new Map();
  function under(box) {{
    if (!box) return [255, 255, 255, 1];
    if (!grounds.has(box)) {{
      const found = colour(getComputedStyle(box).backgroundColor);
      grounds.set(box, found[3] > 0.98 ? found : under(box.parentElement));
    }}
    return grounds.get(box);
  }}
  function light([r, g, b]) {{
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  }}
  function ratio(one, other) {{
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }}
  const faults = new Set();
  for (const {{ node, box }} of texts(document.body)) {{
    if (box.closest(':disabled')) continue;
    const style = getComputedStyle(box), size = parseFloat(style.fontSize);
    const need = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const found = ratio(colour(style.color), under(box));
    if (found < need) faults.add(`${{found.toFixed(2)}} of ${{need}}: ${{node.data}} (${{box.className}})`);
  }}
  for (const box of document.querySelectorAll('.swatch, .fill')) {{
    if (!box.checkVisibility() || !box.getBoundingClientRect().width) continue;
    const found = ratio(colour(getComputedStyle(box).backgroundColor), under(box.parentElement));
    if (found < 3) faults.add(`${{found.toFixed(2)}} of 3: ${{box.className}}`);
  }}
  return [...faults];
}}"""


async def overflow(page: Page) -> list[str]:
    """The page is wider than the window."""
    return await page.evaluate(_OVERFLOW)


async def overlap(page: Page) -> list[str]:
    """Texts that lie over each other, or over the edge of their card."""
    return await page.evaluate(_OVERLAP)


async def contrast(page: Page) -> list[str]:
    """Texts below WCAG AA, 4.5:1 or 3:1 if large; colours of charts below 3:1."""
    return await page.evaluate(_CONTRAST)
