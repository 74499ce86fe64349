// The date and time picker of datetimepicker actions: a month to tap in, Buddhist years, hours and minutes, and the
// bounds the action sets. What goes out is what LINE sends: "2026-11-21", "09:30" or "2026-11-21T09:30".

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { sheet } from "./sheet.js";
import { LONG_MONTHS, SHORT_DAYS, bangkok, thaiDate } from "./time.js";

/** Opens the picker for an action; `send` gets the value as LINE would put it in params. */
export function pickTime(action, send) {
  const mode = ["date", "time", "datetime"].includes(action.mode) ? action.mode : "date";
  sheet(action.label || { date: "เลือกวันที่", time: "เลือกเวลา", datetime: "เลือกวันและเวลา" }[mode], (close) => {
    const start = split(action.initial, mode);
    const low = bound(action.min, mode, "1900-01-01", "00:00");
    const high = bound(action.max, mode, "2100-12-31", "23:59");
    const state = { date: clamp(start.date, low.date, high.date), clock: start.clock };
    state.month = state.date.slice(0, 7);

    const said = el("p", { class: "picked", "aria-live": "polite", "data-testid": "picker-value" });
    const go = el("button", { type: "button", class: "main-button", "data-testid": "picker-ok" }, "ตกลง");
    const value = () => ({ date: state.date, time: state.clock, datetime: `${state.date}T${state.clock}` })[mode];
    const allowed = () => value() >= low[mode] && value() <= high[mode];
    const update = () => {
      const date = mode === "time" ? "" : thaiDate(state.date);
      said.textContent = `${date}${mode === "date" ? "" : ` เวลา ${state.clock} น.`}${allowed() ? "" : " (เลือกไม่ได้)"}`.trim();
      go.disabled = !allowed();
    };
    go.addEventListener("click", () => { close(); send(value()); });
    const parts = [said];
    if (mode !== "time") parts.push(month(state, low, high, update));
    if (mode !== "date") parts.push(clock(state, update));
    update();
    return [...parts, go];
  }, { testId: "time-picker" });
}

function split(text, mode) {
  const now = bangkok(Date.now());
  const found = /^(\d{4}-\d{2}-\d{2})?[Tt]?(\d{2}:\d{2})?$/.exec(text ?? "") ?? [];
  return { date: found[1] ?? now.date, clock: found[2] ?? (mode === "time" || mode === "datetime" ? now.clock : "00:00") };
}

function bound(text, mode, date, time) {
  const found = /^(\d{4}-\d{2}-\d{2})?[Tt]?(\d{2}:\d{2})?$/.exec(text ?? "") ?? [];
  const [d, t] = [found[1] ?? date, found[2] ?? time];
  return { date: d, time: t, datetime: `${d}T${t}` };
}

const clamp = (value, low, high) => (value < low ? low : value > high ? high : value);

function month(state, low, high, update) {
  const grid = el("div", { class: "days", role: "group", "aria-label": "วันที่" });
  const months = el("select", { "aria-label": "เดือน", "data-testid": "picker-month" }, LONG_MONTHS.map((name, index) => el("option", { value: String(index + 1).padStart(2, "0") }, name)));
  const years = el("select", { "aria-label": "ปี พ.ศ.", "data-testid": "picker-year" });
  for (let year = Number(low.date.slice(0, 4)); year <= Number(high.date.slice(0, 4)); year++) years.append(el("option", { value: String(year) }, String(year + 543)));
  const step = (by) => {
    const [year, number] = state.month.split("-").map(Number);
    const next = new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
    if (next < low.date.slice(0, 7) || next > high.date.slice(0, 7)) return;
    state.month = next;
    draw();
  };
  const turn = () => {
    state.month = clamp(`${years.value}-${months.value}`, low.date.slice(0, 7), high.date.slice(0, 7));
    draw();
  };
  months.addEventListener("change", turn);
  years.addEventListener("change", turn);

  function draw() {
    [years.value, months.value] = state.month.split("-");
    const [year, number] = state.month.split("-").map(Number);
    const lead = new Date(Date.UTC(year, number - 1, 1)).getUTCDay();
    const count = new Date(Date.UTC(year, number, 0)).getUTCDate();
    const today = bangkok(Date.now()).date;
    const cells = SHORT_DAYS.map((name) => el("span", { class: "weekday", "aria-hidden": "true" }, name));
    for (let n = 0; n < lead; n++) cells.push(el("span", {}));
    for (let day = 1; day <= count; day++) {
      const date = `${state.month}-${String(day).padStart(2, "0")}`;
      cells.push(el("button", {
        type: "button", class: date === today ? "today" : "", "data-date": date, "aria-label": thaiDate(date),
        "aria-pressed": String(date === state.date), disabled: date < low.date || date > high.date,
        on: { click: () => { state.date = date; mark(); update(); } },
      }, String(day)));
    }
    grid.replaceChildren(...cells);
  }

  function mark() {
    for (const node of grid.querySelectorAll("[data-date]")) node.setAttribute("aria-pressed", String(node.dataset.date === state.date));
  }

  draw();
  return el("div", { class: "month" }, el("div", { class: "month-head" },
    el("button", { type: "button", class: "icon-button", "aria-label": "เดือนก่อน", on: { click: () => step(-1) } }, icon("left", 20)),
    months, years,
    el("button", { type: "button", class: "icon-button", "aria-label": "เดือนถัดไป", on: { click: () => step(1) } }, icon("right", 20))), grid);
}

function clock(state, update) {
  const select = (label, testId, count, current) => el("select", { "aria-label": label, "data-testid": testId },
    Array.from({ length: count }, (_, n) => String(n).padStart(2, "0")).map((n) => el("option", { value: n, selected: n === current }, n)));
  const [hour, minute] = state.clock.split(":");
  const hours = select("ชั่วโมง", "picker-hour", 24, hour);
  const minutes = select("นาที", "picker-minute", 60, minute);
  const turn = () => { state.clock = `${hours.value}:${minutes.value}`; update(); };
  hours.addEventListener("change", turn);
  minutes.addEventListener("change", turn);
  return el("div", { class: "clock" }, hours, el("span", { "aria-hidden": "true" }, ":"), minutes, el("span", {}, "น."));
}
