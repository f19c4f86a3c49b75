// What a careful eye measures on a page. Evaluates to an object; each of its functions lists faults.
(() => {
  const clips = new Map();

  /** Whether it is there for screen readers only. */
  function clipped(box) {
    if (!box || box === document.body) return false;
    if (!clips.has(box)) {
      clips.set(box, getComputedStyle(box).clipPath !== "none" || clipped(box.parentElement));
    }
    return clips.get(box);
  }

  /** Every line of text that can be seen: `{node, box, rect}`. */
  function texts() {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode,
        box = node.parentElement;
      if (!node.data.trim() || box.closest("[hidden], option, noscript, script")) continue;
      if (clipped(box) || !box.checkVisibility({ visibilityProperty: true })) continue;
      const frame = box.closest("pre, .name, .table-wrap")?.getBoundingClientRect();
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const rect of range.getClientRects()) {
        const away = frame && (rect.top >= frame.bottom - 1 || rect.bottom <= frame.top + 1);
        if (!away && rect.width > 1 && rect.height > 1) found.push({ node, box, rect });
      }
    }
    return found;
  }

  /** The page is wider than its window. */
  function overflow() {
    const { scrollWidth } = document.scrollingElement;
    return scrollWidth > innerWidth ? [`${scrollWidth} px in ${innerWidth} px`] : [];
  }

  /** Texts over each other, or over the edge of their card. */
  function overlap() {
    const all = texts()
      .sort((a, b) => a.rect.top - b.rect.top)
      .slice(0, 1500);
    return [
      ...collisions(all),
      ...all.filter(beyondEdge).map(({ node }) => `over the edge: ${node.data}`),
    ];
  }

  function collisions(all) {
    const faults = [];
    all.forEach((a, index) => {
      for (const b of all.slice(index + 1)) {
        if (b.rect.top >= a.rect.bottom) break;
        if (a.node === b.node || [a, b].some(({ box }) => box.closest(".found, dialog"))) continue;
        const wide = Math.min(a.rect.right, b.rect.right) - Math.max(a.rect.left, b.rect.left);
        const high = Math.min(a.rect.bottom, b.rect.bottom) - Math.max(a.rect.top, b.rect.top);
        if (wide > 2 && high > 4) faults.push(`${a.node.data} | ${b.node.data}`);
      }
    });
    return faults;
  }

  function beyondEdge({ box, rect }) {
    const card = box.closest(".card, .tile, .panel"),
      scrolls = box.closest(".table-wrap, pre");
    if (!card || (scrolls && scrolls.scrollWidth > scrolls.clientWidth)) return false;
    const inner =
      card.getBoundingClientRect().right - parseFloat(getComputedStyle(card).paddingRight);
    return rect.right > inner + 1.5 && getComputedStyle(box).textOverflow !== "ellipsis";
  }

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colours = new Map(),
    grounds = new Map();

  /** Red, green, blue from 0 to 255 and alpha from 0 to 1, however the colour is written. */
  function colour(text) {
    if (!colours.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
      colours.set(text, [red, green, blue, alpha / 255]);
    }
    return colours.get(text);
  }

  function ground(box) {
    if (!box) return [255, 255, 255, 1];
    if (!grounds.has(box)) {
      const found = colour(getComputedStyle(box).backgroundColor);
      grounds.set(box, found[3] > 0.98 ? found : ground(box.parentElement));
    }
    return grounds.get(box);
  }

  /** Contrast as WCAG 2 defines it. */
  function ratio(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  function luminance(rgb) {
    const [red, green, blue] = rgb.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  /** Texts below WCAG AA, 4.5:1 or 3:1 if large; colours of charts below 3:1. */
  function contrast() {
    const faults = new Set();
    for (const { node, box } of texts()) {
      if (box.closest(":disabled")) continue;
      const style = getComputedStyle(box),
        size = parseFloat(style.fontSize);
      const needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
      const found = ratio(colour(style.color), ground(box));
      if (found < needed)
        faults.add(`${found.toFixed(2)} of ${needed}: ${node.data} (${box.className})`);
    }
    for (const box of document.querySelectorAll(".swatch, .fill")) {
      if (!box.checkVisibility() || !box.getBoundingClientRect().width) continue;
      const found = ratio(colour(getComputedStyle(box).backgroundColor), ground(box.parentElement));
      if (found < 3) faults.add(`${found.toFixed(2)} of 3: ${box.className}`);
    }
    return [...faults];
  }

  return { overflow, overlap, contrast };
})();
