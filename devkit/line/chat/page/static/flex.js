// Flex Message: a container (bubble or carousel) drawn as LINE draws it on a phone.

import { el, picture, mediaAddress, dragScroll } from "./dom.js";
import { icon } from "./icons.js";
import { tappable, control } from "./actions.js";
import * as css from "./flexstyle.js";

const SIZES = ["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"];

/** Draws a Flex container. `act` is called with the action of whatever is tapped. */
export function flex(container, act) {
  if (container?.type === "carousel") return carousel(container, act);
  if (container?.type === "bubble") return bubble(container, act);
  return el("div", { class: "fx-bubble fx-mega" }, el("p", { class: "fx-unknown" }, "การ์ดชนิดที่ไม่รู้จัก"));
}

/** Shrinks and cuts the texts that ask for it, once they stand on the page and have a width. */
export function settle(root) {
  for (const node of root.querySelectorAll(".fx-clamp")) cut(node);
  for (const node of root.querySelectorAll("[data-shrink]")) {
    let size = parseFloat(getComputedStyle(node).fontSize);
    while (node.scrollWidth > node.clientWidth && size > 8) {
      size -= 0.5;
      node.style.setProperty("font-size", `${size}px`);
    }
  }
}

// The style sheet cuts a text at its number of lines but still paints what of the next line reaches up into the last, as
// Thai vowels and tone marks do; so plain text is cut for good, between whole characters. Spans keep the style sheet's cut.
function cut(node) {
  if (node.childElementCount > 0 || node.scrollHeight <= node.clientHeight + 1) return;
  const whole = node.textContent;
  const characters = [...new Intl.Segmenter("th", { granularity: "grapheme" }).segment(whole)].map((one) => one.segment);
  let [fits, over] = [0, characters.length];
  while (over - fits > 1) {
    const middle = Math.floor((fits + over) / 2);
    node.textContent = `${characters.slice(0, middle).join("").trimEnd()}…`;
    if (node.scrollHeight <= node.clientHeight + 1) fits = middle;
    else over = middle;
  }
  node.textContent = `${characters.slice(0, fits).join("").trimEnd()}…`;
  node.title = whole;
}

function carousel(container, act) {
  const row = el("div", { class: "fx-carousel", role: "group", "aria-roledescription": "carousel", tabindex: "0", "data-testid": "carousel" },
    (container.contents ?? []).map((one) => bubble(one, act)));
  return rail(row);
}

/** A row of cards to swipe, with arrows for those who have a mouse or a keyboard. */
export function rail(row) {
  const step = (direction) => row.scrollBy({ left: direction * row.clientWidth * 0.8, behavior: "smooth" });
  const arrow = (name, label, direction) => el("button", {
    type: "button", class: `fx-arrow fx-${name}`, "aria-label": label, tabindex: "-1", on: { click: () => step(direction) },
  }, icon(name, 20));
  row.addEventListener("keydown", (event) => {
    if (event.target !== row) return;
    if (event.key === "ArrowRight") step(1);
    if (event.key === "ArrowLeft") step(-1);
  });
  const left = arrow("left", "การ์ดก่อนหน้า", -1);
  const right = arrow("right", "การ์ดถัดไป", 1);
  const ends = () => {
    left.hidden = row.scrollLeft < 4;
    right.hidden = row.scrollLeft + row.clientWidth > row.scrollWidth - 4;
  };
  row.addEventListener("scroll", ends, { passive: true });
  new ResizeObserver(ends).observe(row);
  return el("div", { class: "fx-rail" }, dragScroll(row), left, right);
}

function bubble(container, act) {
  const size = SIZES.includes(container.size) ? container.size : "mega";
  const node = el("div", { class: `fx-bubble fx-${size}`, dir: container.direction === "rtl" ? "rtl" : "ltr", "data-testid": "flex-bubble" });
  for (const part of ["header", "hero", "body", "footer"]) {
    if (container[part]) node.append(block(part, container, act));
  }
  return tappable(node, container.action, act);
}

function block(part, container, act) {
  const look = container.styles?.[part] ?? {};
  const node = el("div", {
    class: `fx-block fx-${part}${part === "body" && container.footer ? " fx-above-footer" : ""}`,
    style: { "background-color": css.color(look.backgroundColor) },
  });
  if (look.separator) node.append(el("div", { class: "fx-separator fx-lying", style: { "background-color": css.color(look.separatorColor) } }));
  // A block stands alone in its column; its first component never takes a gap before it.
  node.append(component(container[part], { layout: "vertical" }, 0, act));
  return node;
}

function component(one, parent, index, act) {
  const draw = {
    box, text, button, image, icon: emblem, separator, filler, video,
  }[one?.type];
  if (!draw) return el("div", { class: "fx-unknown" }, `[${one?.type ?? "ว่าง"}]`);
  const node = draw(one, parent, act);
  for (const [property, value] of Object.entries(css.placeStyle(one, parent, index))) {
    if (value !== undefined) node.style.setProperty(property, value);
  }
  return node;
}

function box(one, parent, act) {
  const layout = ["horizontal", "vertical", "baseline"].includes(one.layout) ? one.layout : "vertical";
  const node = el("div", { class: `fx-box fx-${layout}`, style: css.boxStyle(one) });
  node.append(...(one.contents ?? []).map((child, index) => component(child, { layout, spacing: one.spacing }, index, act)));
  return tappable(node, one.action, act);
}

function text(one, parent, act) {
  const words = el("p", { class: "fx-words", "data-shrink": one.adjustMode === "shrink-to-fit" && !one.wrap });
  if (Array.isArray(one.contents) && one.contents.length > 0) {
    words.append(...one.contents.map((span) => el("span", {
      style: { ...css.letterStyle(span), "font-size": span.size === undefined ? undefined : css.textSize(span.size) },
    }, span.text ?? "")));
  } else {
    words.textContent = one.text ?? "";
  }
  if (one.align) words.style.setProperty("text-align", { start: "start", center: "center", end: "end" }[one.align] ?? "start");
  if (one.wrap) {
    words.classList.add("fx-wrap");
    if (Number.isInteger(one.maxLines) && one.maxLines > 0) {
      words.classList.add("fx-clamp");
      words.style.setProperty("-webkit-line-clamp", String(one.maxLines));
    }
    const more = css.lineGap(one.lineSpacing);
    if (more) {
      // The extra room goes between lines only, not above the first or below the last.
      words.style.setProperty("line-height", `calc(1.4em + ${more})`);
      words.style.setProperty("margin-block", `calc(${more} / -2)`);
    }
  }
  const node = el("div", {
    class: "fx-text",
    style: { ...css.letterStyle(one), "font-size": css.textSize(one.size), "justify-content": gravityOf(one, parent) },
  }, words);
  return tappable(node, one.action, act);
}

function button(one, parent, act) {
  const style = ["primary", "secondary", "link"].includes(one.style) ? one.style : "link";
  const tint = css.color(one.color);
  const face = control(one.action, act, {
    class: `fx-face fx-${style} fx-height-${one.height === "sm" ? "sm" : "md"}`,
    "data-testid": "flex-button",
    style: style === "link" ? { color: tint } : { "background-color": tint },
  }, el("span", { class: "fx-label", "data-shrink": one.adjustMode === "shrink-to-fit" }, one.action?.label ?? ""));
  return el("div", { class: "fx-button", style: { "justify-content": gravityOf(one, parent) } }, face);
}

function image(one, parent, act) {
  const shape = css.ratio(one.aspectRatio);
  const frame = el("div", {
    class: "fx-frame",
    style: { width: css.imageSize(one.size), "aspect-ratio": shape.css, "background-color": css.color(one.backgroundColor) },
  }, picture(one.url, "", { class: one.aspectMode === "cover" ? "fx-cover" : "fx-fit" }));
  const node = el("div", {
    class: "fx-image",
    style: { "align-items": css.align(one.align) ?? "center", "justify-content": gravityOf(one, parent) },
  }, frame);
  return tappable(node, one.action, act);
}

function emblem(one) {
  const shape = css.ratio(one.aspectRatio);
  return el("div", { class: "fx-icon", style: { "font-size": css.textSize(one.size) } },
    picture(one.url, "", { style: { width: `${shape.wide}em` } }));
}

function separator(one, parent) {
  return el("div", {
    class: `fx-separator ${parent.layout === "vertical" ? "fx-lying" : "fx-standing"}`,
    style: { "background-color": css.color(one.color) },
  });
}

function filler() {
  return el("div", { class: "fx-filler" });
}

function video(one, parent, act) {
  const source = mediaAddress(one.url);
  if (!source && one.altContent) return component(one.altContent, parent, 0, act);
  const node = el("div", { class: "fx-video", style: { "aspect-ratio": css.ratio(one.aspectRatio).css } });
  const player = el("video", { src: source, poster: mediaAddress(one.previewUrl), controls: true, preload: "none", playsinline: true });
  // Where the film cannot be played the card falls back to its own substitute, as an old LINE does.
  player.addEventListener("error", () => {
    if (one.altContent) node.replaceWith(component(one.altContent, parent, 0, act));
  });
  node.append(player);
  if (one.action) node.append(control(one.action, act, { class: "fx-film-link" }, one.action.label ?? ""));
  return node;
}

function gravityOf(one, parent) {
  return parent.layout === "baseline" ? undefined : css.gravity(one.gravity);
}
