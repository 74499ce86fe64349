// What can be tapped. An action is only described here; the page decides what doing it means.

import { el, webAddress } from "./dom.js";

/** Words for someone who cannot see the picture the action lies on. */
export function actionName(action) {
  return action?.label || action?.displayText || action?.text || action?.uri || action?.data || "แตะ";
}

/** Attributes by which scripts and tests find an action. */
function marks(action) {
  return {
    "data-action-type": action?.type,
    "data-action-data": action?.data,
    "data-action-text": action?.type === "message" ? action.text : undefined,
    "data-action-uri": action?.uri,
  };
}

/** A control of its own: a real link for a web address, a button for everything else. */
export function control(action, act, attributes, ...children) {
  const address = action?.type === "uri" ? webAddress(action.uri) : null;
  const press = (event) => {
    event.stopPropagation();
    if (address && !appAddress(action.uri)) return;
    event.preventDefault();
    if (action) act(action);
  };
  const shared = { ...marks(action), ...attributes, on: { click: press } };
  if (address) return el("a", { href: address, target: "_blank", rel: "noopener noreferrer", ...shared }, ...children);
  return el("button", { type: "button", ...shared }, ...children);
}

/** Makes a drawn component tappable, by pointer and by keyboard. */
export function tappable(node, action, act) {
  if (!action) return node;
  const link = action.type === "uri" && webAddress(action.uri);
  node.classList.add("tappable");
  node.setAttribute("role", link ? "link" : "button");
  node.setAttribute("tabindex", "0");
  if (action.label) node.setAttribute("aria-label", action.label);
  for (const [name, value] of Object.entries(marks(action))) {
    if (value !== undefined) node.setAttribute(name, value);
  }
  node.addEventListener("click", (event) => {
    event.stopPropagation();
    act(action);
  });
  node.addEventListener("keydown", (event) => {
    if (event.target !== node || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    act(action);
  });
  return node;
}

/** What LINE itself opens for its own addresses: "location", "camera", "cameraRoll", "app" for the rest, or null. */
export function appAddress(uri) {
  const found = /^(?:line:\/\/|https:\/\/line\.me\/R\/)(.*)$/i.exec(uri ?? "");
  if (!found) return null;
  if (/^nv\/location\/?$/i.test(found[1])) return "location";
  if (/^nv\/camera\/?$/i.test(found[1])) return "camera";
  if (/^nv\/cameraRoll\//i.test(found[1])) return "cameraRoll";
  return "app";
}
