// Times as a Thai reader writes them: Bangkok time, Buddhist era.

const ZONE = "Asia/Bangkok";
const MONTHS = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."];
const DAYS = ["อา.", "จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส."];

export const LONG_MONTHS = ["มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม",
  "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม"];
export const SHORT_DAYS = DAYS;

const shape = new Intl.DateTimeFormat("en-GB-u-ca-gregory", {
  timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

/** Date and clock of an instant in Bangkok: {date: "2026-11-21", clock: "14:05"}. */
export function bangkok(instant) {
  const parts = Object.fromEntries(shape.formatToParts(new Date(instant)).map((part) => [part.type, part.value]));
  return { date: `${parts.year}-${parts.month}-${parts.day}`, clock: `${parts.hour}:${parts.minute}` };
}

/** "ส. 21 พ.ย. 2569" for "2026-11-21". */
export function thaiDate(date) {
  const [year, month, day] = date.split("-").map(Number);
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return `${DAYS[weekday]} ${day} ${MONTHS[month - 1]} ${year + 543}`;
}

/** The line between two days of a chat. */
export function dayLine(date) {
  return date === bangkok(Date.now()).date ? `วันนี้ · ${thaiDate(date)}` : thaiDate(date);
}
