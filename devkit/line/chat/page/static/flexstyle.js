// The words of Flex Message for sizes, gaps, lines and colours, as CSS values. Whatever is not one of them is left out:
// a card can ask for nothing but what is listed here.

const GAP = { none: "0px", xs: "2px", sm: "4px", md: "8px", lg: "12px", xl: "16px", xxl: "20px" };
const BORDER = { none: "0px", light: "0.5px", normal: "1px", medium: "2px", "semi-bold": "3px", bold: "4px" };
const TEXT = {
  xxs: "11px", xs: "13px", sm: "14px", md: "16px", lg: "19px", xl: "22px", xxl: "29px", "3xl": "35px", "4xl": "48px", "5xl": "74px",
};
const IMAGE = {
  xxs: "40px", xs: "60px", sm: "80px", md: "100px", lg: "120px", xl: "140px", xxl: "160px", "3xl": "180px", "4xl": "200px",
  "5xl": "220px", full: "100%",
};
const JUSTIFY = ["flex-start", "center", "flex-end", "space-between", "space-around", "space-evenly"];
const ITEMS = ["flex-start", "center", "flex-end"];
const GRAVITY = { top: "flex-start", center: "center", bottom: "flex-end" };
const ALIGN = { start: "flex-start", center: "center", end: "flex-end" };

const pixels = (value) => (/^-?\d+(\.\d+)?px$/.test(value ?? "") ? value : undefined);
const length = (value) => pixels(value) ?? (/^-?\d+(\.\d+)?%$/.test(value ?? "") ? value : undefined);
const pick = (table, value) => (Object.hasOwn(table, value ?? "") ? table[value] : undefined);

export const gap = (value) => pick(GAP, value) ?? length(value);
export const textSize = (value) => pick(TEXT, value) ?? pixels(value) ?? TEXT.md;
export const imageSize = (value) => pick(IMAGE, value) ?? length(value) ?? IMAGE.md;
export const gravity = (value) => pick(GRAVITY, value);
export const align = (value) => pick(ALIGN, value);
export const lineGap = pixels;

/** #RRGGBB or #RRGGBBAA, as the platform takes them. */
export const color = (value) => (/^#([0-9a-f]{6}|[0-9a-f]{8})$/i.test(value ?? "") ? value : undefined);

/** "20:13" as a CSS ratio; a picture may be at most three times as high as it is wide. */
export function ratio(value) {
  const found = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(value ?? "");
  if (!found || Number(found[1]) === 0 || Number(found[2]) === 0) return { css: "1 / 1", wide: 1 };
  const wide = Math.max(Number(found[1]) / Number(found[2]), 1 / 3);
  return { css: `${wide}`, wide };
}

/** What a box looks like and how it lays out what is in it. */
export function boxStyle(box) {
  return {
    "background-color": color(box.backgroundColor),
    "background-image": gradient(box.background),
    "border-width": pick(BORDER, box.borderWidth) ?? pixels(box.borderWidth),
    "border-color": color(box.borderColor),
    "border-radius": pick(GAP, box.cornerRadius) ?? pixels(box.cornerRadius),
    width: length(box.width), "max-width": length(box.maxWidth),
    height: length(box.height), "max-height": length(box.maxHeight),
    padding: gap(box.paddingAll),
    "padding-top": gap(box.paddingTop), "padding-bottom": gap(box.paddingBottom),
    "padding-inline-start": gap(box.paddingStart), "padding-inline-end": gap(box.paddingEnd),
    "justify-content": JUSTIFY.includes(box.justifyContent) ? box.justifyContent : undefined,
    "align-items": ITEMS.includes(box.alignItems) ? box.alignItems : undefined,
  };
}

function gradient(background) {
  if (background?.type !== "linearGradient") return undefined;
  const angle = /^\d+(\.\d+)?deg$/.test(background.angle ?? "") ? background.angle : undefined;
  const [start, center, end] = [color(background.startColor), color(background.centerColor), color(background.endColor)];
  if (!angle || !start || !end) return undefined;
  const middle = center ? `${center} ${length(background.centerPosition) ?? "50%"}, ` : "";
  return `linear-gradient(${angle}, ${start} 0%, ${middle}${end} 100%)`;
}

/**
 * Where a component stands in its parent: share of the free space, gap before it, offset.
 * The share is 1 by default in a horizontal box and 0 in a vertical one; a box that names its own size takes 0.
 */
export function placeStyle(component, parent, index) {
  const style = offsets(component);
  if (component.position === "absolute") return { ...style, position: "absolute", margin: "0px" };
  if (component.position === "relative" || Object.values(style).some(Boolean)) style.position = "relative";

  const across = parent.layout !== "vertical";
  const before = gap(component.margin) ?? (index > 0 && component.type !== "filler" ? gap(parent.spacing) : undefined);
  style[across ? "margin-inline-start" : "margin-top"] = before;

  const share = shareOf(component, across);
  style.flex = share === 0 ? "0 0 auto" : `${share} 0 ${across ? "0px" : "auto"}`;
  return style;
}

function shareOf(component, across) {
  if (component.type === "icon" || component.type === "separator") return 0;
  if (Number.isInteger(component.flex) && component.flex >= 0) return component.flex;
  if (component.type === "filler") return 1;
  if (!across) return 0;
  return component.type === "box" && (component.width || component.height) ? 0 : 1;
}

function offsets(component) {
  return {
    top: gap(component.offsetTop), bottom: gap(component.offsetBottom),
    "inset-inline-start": gap(component.offsetStart), "inset-inline-end": gap(component.offsetEnd),
  };
}

/** Letters: of a text, or of a span inside it. */
export function letterStyle(part) {
  const decoration = { underline: "underline", "line-through": "line-through", none: "none" };
  return {
    color: color(part.color),
    "font-weight": { bold: "700", regular: "400" }[part.weight],
    "font-style": { italic: "italic", normal: "normal" }[part.style],
    "text-decoration-line": pick(decoration, part.decoration),
  };
}
