// Reads the list again every two seconds while the page is looked at. What was unfolded stays so,
// and what is new is lit for a moment. Without this script the page works by reloading it.
"use strict";
const list = document.getElementById("list");
const live = document.getElementById("live");
let tag = "";

const ids = () => new Set([...list.querySelectorAll("details[data-id]")].map(d => d.dataset.id));
const unfolded = () => new Set([...list.querySelectorAll("details[open]")].map(d => d.dataset.id));

async function refresh() {
  const resp = await fetch("list", tag ? { headers: { "If-None-Match": tag } } : {});
  if (resp.status === 304) return;
  if (!resp.ok) throw new Error(String(resp.status));
  const first = tag === "";
  tag = resp.headers.get("ETag") ?? "";
  const known = ids(), open = unfolded(), focused = document.activeElement?.value;
  list.innerHTML = await resp.text();
  for (const d of list.querySelectorAll("details[data-id]")) {
    d.open = open.has(d.dataset.id);
    if (!first && !known.has(d.dataset.id)) d.closest(".card").classList.add("new");
  }
  if (focused) list.querySelector(`button[value="${CSS.escape(focused)}"]`)?.focus();
}

async function look() {
  if (document.hidden) return;
  try {
    await refresh();
    live.textContent = "รับแบบสด";
    live.classList.remove("off");
  } catch {
    live.textContent = "ติดต่อไม่ได้ กำลังลองใหม่";
    live.classList.add("off");
  }
}

list.addEventListener("submit", async event => {
  event.preventDefault();
  const body = new URLSearchParams({ mode: event.submitter.value });
  await fetch("mode", { method: "POST", body }).catch(() => undefined);
  await look();
});
document.addEventListener("visibilitychange", look);
setInterval(look, 2000);
