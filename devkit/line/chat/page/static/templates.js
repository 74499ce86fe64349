// Template messages (buttons, confirm, carousel, image carousel) and image maps.

import { el, picture, mediaAddress } from "./dom.js";
import { control, tappable, actionName } from "./actions.js";
import { rail } from "./flex.js";
import { color } from "./flexstyle.js";

/** Draws a template message. */
export function template(one, act) {
  switch (one?.type) {
    case "buttons": return card(one, one, act);
    case "confirm": return card({ ...one, side: true }, one, act);
    case "carousel": return row((one.columns ?? []).map((column) => card(column, one, act)));
    case "image_carousel": return row((one.columns ?? []).map((column) => poster(column, act)));
    default: return el("div", { class: "tp-card" }, el("div", { class: "tp-words" }, el("p", {}, "แม่แบบชนิดที่ไม่รู้จัก")));
  }
}

function row(cards) {
  return rail(el("div", { class: "fx-carousel", role: "group", "aria-roledescription": "carousel", tabindex: "0", "data-testid": "carousel" }, cards));
}

// The look of the picture belongs to the whole template, also where the columns carry the pictures.
function card(one, look, act) {
  const top = el("div", {});
  if (one.thumbnailImageUrl) {
    top.append(picture(one.thumbnailImageUrl, "", {
      class: `tp-picture${look.imageAspectRatio === "square" ? " tp-square" : ""}${look.imageSize === "contain" ? " tp-contain" : ""}`,
      style: { "background-color": color(one.imageBackgroundColor) },
    }));
  }
  top.append(el("div", { class: "tp-words" }, one.title ? el("h3", {}, one.title) : null, el("p", {}, one.text ?? "")));
  const actions = (one.actions ?? []).map((action) => control(action, act, { class: "tp-action", "data-testid": "template-button" }, action.label ?? ""));
  return el("div", { class: "tp-card", "data-testid": "template-card" },
    tappable(top, one.defaultAction, act),
    el("div", { class: `tp-actions${one.side ? " tp-side" : ""}` }, actions));
}

function poster(column, act) {
  return control(column.action, act, { class: "tp-poster", "aria-label": actionName(column.action), "data-testid": "template-button" },
    picture(column.imageUrl, ""), column.action?.label ? el("span", {}, column.action.label) : null);
}

/** Draws an image map: one picture, areas to tap, perhaps a film in it. */
export function imagemap(message, act) {
  const size = { width: message.baseSize?.width || 1040, height: message.baseSize?.height || 1040 };
  const node = el("div", { class: "im-map", style: { "aspect-ratio": `${size.width} / ${size.height}` }, "data-testid": "imagemap" },
    picture(`${message.baseUrl ?? ""}/700`, message.altText ?? ""));
  if (message.video?.area) {
    node.append(el("video", {
      src: mediaAddress(message.video.originalContentUrl), poster: mediaAddress(message.video.previewImageUrl),
      controls: true, preload: "none", playsinline: true, style: areaStyle(message.video.area, size),
    }));
  }
  for (const action of message.actions ?? []) {
    const plain = { ...action, uri: action.uri ?? action.linkUri };
    node.append(control(plain, act, { class: "im-area", "aria-label": actionName(plain), style: areaStyle(action.area, size) }));
  }
  return node;
}

/** A rectangle of a picture, in percent of it, so that it fits whatever size the picture is shown at. */
export function areaStyle(area, size) {
  const share = (value, whole) => `${(100 * (Number(value) || 0)) / whole}%`;
  return {
    left: share(area?.x, size.width), top: share(area?.y, size.height),
    width: share(area?.width, size.width), height: share(area?.height, size.height),
  };
}
