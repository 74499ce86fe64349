// Making elements. Text goes in as text nodes and attributes by name, so nothing from a message is ever parsed as HTML;
// dynamic looks go through the CSSOM, so the page's content security policy needs no exception.

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element: attributes by name, `on` for listeners, `style` for CSS properties, then children. */
export function el(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

function dress(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "style") {
      for (const [property, v] of Object.entries(value)) if (v) node.style.setProperty(property, v);
    } else {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An absolute http or https address, or null. */
export function webAddress(value) {
  return parsed(value, undefined, (url) => url.protocol === "https:" || url.protocol === "http:");
}

/** An address a picture or sound may be shown from: https anywhere, this very server, or this machine. */
export function mediaAddress(value) {
  return parsed(value, document.baseURI, (url) =>
    url.protocol === "https:" || url.protocol === "blob:" || url.origin === location.origin ||
    (url.protocol === "http:" && ["localhost", "127.0.0.1"].includes(url.hostname)));
}

function parsed(value, base, allowed) {
  if (typeof value !== "string" || value === "") return null;
  try {
    const url = new URL(value, base);
    return allowed(url) ? url.href : null;
  } catch {
    return null;
  }
}

/** Lets a mouse drag a sideways-scrolling row as a finger would; a drag is not a click. */
export function dragScroll(node) {
  let start = null;
  let moved = false;
  node.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    start = { x: event.clientX, left: node.scrollLeft };
    moved = false;
  });
  node.addEventListener("pointermove", (event) => {
    if (!start) return;
    const distance = event.clientX - start.x;
    if (!moved && Math.abs(distance) > 6) {
      moved = true;
      node.setPointerCapture(event.pointerId);
      node.classList.add("dragging");
    }
    if (moved) node.scrollLeft = start.left - distance;
  });
  const end = () => {
    start = null;
    node.classList.remove("dragging");
  };
  node.addEventListener("pointerup", end);
  node.addEventListener("pointercancel", end);
  node.addEventListener("pointerleave", () => { if (!moved) start = null; });
  node.addEventListener("click", (event) => {
    if (!moved) return;
    moved = false;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  node.addEventListener("dragstart", (event) => event.preventDefault());
  return node;
}

/** A picture that leaves a quiet placeholder when it cannot be had. */
export function picture(address, alt, attributes = {}) {
  const source = mediaAddress(address);
  const image = el("img", { alt, draggable: "false", decoding: "async", ...attributes });
  if (!source) {
    image.classList.add("broken");
    return image;
  }
  image.addEventListener("error", () => image.classList.add("broken"));
  image.src = source;
  return image;
}
