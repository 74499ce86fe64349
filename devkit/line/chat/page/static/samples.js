// Photos and papers for trying a service without looking for files of one's own. Drawn here, so nothing in them is
// anybody's: every paper says that it is a sample.

const WIDTH = 960;
const HEIGHT = 720;

const SCENES = [
  { name: "โคมไฟถนนดับ", file: "street-light.jpg", draw: streetLight },
  { name: "หลุมบนถนน", file: "pothole.jpg", draw: pothole },
  { name: "ขยะตกค้าง", file: "waste.jpg", draw: waste },
  { name: "หน้าร้าน", file: "shop-front.jpg", draw: shopFront },
  { name: "บัตรประจำตัว", file: "id-card.jpg", draw: (pen) => paper(pen, "บัตรประจำตัว (ตัวอย่าง)", 0.63) },
  { name: "ทะเบียนบ้าน", file: "house-registration.jpg", draw: (pen) => paper(pen, "ทะเบียนบ้าน (ตัวอย่าง)", 1.3) },
  { name: "สัญญาเช่า", file: "lease.jpg", draw: (pen) => paper(pen, "สัญญาเช่า (ตัวอย่าง)", 1.3) },
  { name: "แผนที่สังเขป", file: "sketch-map.jpg", draw: (pen) => paper(pen, "แผนที่สังเขป (ตัวอย่าง)", 1.1) },
];

/** The drawn photos: name and a canvas to show. */
export function samplePhotos() {
  return SCENES.map((scene) => {
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    scene.draw(canvas.getContext("2d"));
    return { name: scene.name, canvas, file: () => toFile(canvas, scene.file) };
  });
}

function toFile(canvas, name) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(new File([blob], name, { type: "image/jpeg" })) : reject(new Error("ทำรูปตัวอย่างไม่ได้"))), "image/jpeg", 0.86);
  });
}

function fill(pen, color, x, y, width, height) {
  pen.fillStyle = color;
  pen.fillRect(x, y, width, height);
}

function sky(pen, top, bottom) {
  const gradient = pen.createLinearGradient(0, 0, 0, HEIGHT);
  gradient.addColorStop(0, top);
  gradient.addColorStop(1, bottom);
  pen.fillStyle = gradient;
  pen.fillRect(0, 0, WIDTH, HEIGHT);
}

function streetLight(pen) {
  sky(pen, "#101a33", "#39496b");
  for (let n = 0; n < 60; n++) fill(pen, "rgba(255,255,255,.6)", (n * 137) % WIDTH, (n * 71) % 320, 2, 2);
  for (let n = 0; n < 7; n++) fill(pen, "#1b2540", n * 150 - 20, 330 + (n % 3) * 40, 130, 260);
  fill(pen, "#232733", 0, 560, WIDTH, 160);
  for (let n = 0; n < 6; n++) fill(pen, "#b9b27a", n * 180 + 20, 636, 90, 8);
  fill(pen, "#0b0d14", 470, 150, 16, 430);
  fill(pen, "#0b0d14", 486, 150, 130, 10);
  fill(pen, "#2a2f3d", 590, 156, 70, 20);
}

function pothole(pen) {
  sky(pen, "#b8d6ee", "#dfe9ee");
  fill(pen, "#7f9d63", 0, 220, WIDTH, 80);
  fill(pen, "#6b6f76", 0, 290, WIDTH, 430);
  for (let n = 0; n < 260; n++) fill(pen, n % 2 ? "#747981" : "#62666d", (n * 193) % WIDTH, 290 + ((n * 97) % 430), 9, 4);
  for (let n = 0; n < 4; n++) fill(pen, "#f2f2ea", n * 260 + 40, 380, 140, 14);
  for (const [color, w, h] of [["#4a4d52", 230, 92], ["#2f3136", 190, 70], ["#53626b", 150, 44]]) {
    pen.fillStyle = color;
    pen.beginPath();
    pen.ellipse(500, 560, w, h, -0.08, 0, 2 * Math.PI);
    pen.fill();
  }
}

function waste(pen) {
  sky(pen, "#c8dcec", "#eef1ee");
  fill(pen, "#c9beb0", 0, 120, WIDTH, 380);
  for (let row = 0; row < 8; row++) for (let n = 0; n < 10; n++) fill(pen, "#bcb0a1", n * 104 + (row % 2) * 52, 120 + row * 48, 98, 44);
  fill(pen, "#8d8f92", 0, 500, WIDTH, 220);
  for (const [color, x, y, r] of [["#22262b", 300, 520, 90], ["#31363d", 430, 540, 100], ["#1b1e22", 560, 515, 84], ["#3c6e57", 670, 560, 70], ["#2b2f35", 380, 610, 80]]) {
    pen.fillStyle = color;
    pen.beginPath();
    pen.ellipse(x, y, r, r * 0.86, 0, 0, 2 * Math.PI);
    pen.fill();
    fill(pen, color, x - 12, y - r - 14, 24, 40);
  }
}

function shopFront(pen) {
  sky(pen, "#bfe0f5", "#f4f6f2");
  fill(pen, "#e9dcc4", 150, 150, 660, 430);
  fill(pen, "#0f6f6a", 150, 150, 660, 90);
  pen.fillStyle = "#fff";
  pen.font = "700 46px 'Noto Sans Thai', sans-serif";
  pen.textAlign = "center";
  pen.fillText("ร้านซักรีด (ตัวอย่าง)", WIDTH / 2, 212);
  fill(pen, "#6f8ea0", 190, 290, 260, 200);
  fill(pen, "#5f5140", 520, 280, 220, 300);
  fill(pen, "#8aa6b5", 540, 300, 84, 160);
  fill(pen, "#8aa6b5", 636, 300, 84, 160);
  fill(pen, "#9a9c9e", 0, 580, WIDTH, 140);
}

function paper(pen, title, shape) {
  fill(pen, "#7a6a58", 0, 0, WIDTH, HEIGHT);
  for (let n = 0; n < 24; n++) fill(pen, n % 2 ? "#74644f" : "#806f5c", 0, n * 30, WIDTH, 30);
  const height = Math.min(HEIGHT - 80, 600);
  const width = shape < 1 ? 760 : height / shape;
  const tall = shape < 1 ? width * shape : height;
  pen.translate(WIDTH / 2, HEIGHT / 2);
  pen.rotate(-0.025);
  fill(pen, "rgba(0,0,0,.25)", -width / 2 + 10, -tall / 2 + 12, width, tall);
  fill(pen, shape < 1 ? "#dcebf5" : "#fdfcf7", -width / 2, -tall / 2, width, tall);
  pen.fillStyle = "#23364a";
  pen.textAlign = "center";
  pen.font = "700 36px 'Noto Sans Thai', sans-serif";
  pen.fillText(title, 0, -tall / 2 + 64);
  const rows = Math.floor((tall - 130) / 34);
  for (let n = 0; n < rows; n++) fill(pen, "#b3bcc6", -width / 2 + 48, -tall / 2 + 100 + n * 34, (width - 96) * (n % 4 === 3 ? 0.55 : 0.94), 9);
  if (shape < 1) fill(pen, "#9fb4c4", width / 2 - 220, tall / 2 - 250, 160, 200);
  pen.rotate(-0.3);
  pen.font = "700 96px 'Noto Sans Thai', sans-serif";
  pen.fillStyle = "rgba(190,40,50,.22)";
  pen.fillText("ตัวอย่าง", 0, 30);
}

/** Papers as PDF, one plain page each. */
export const sampleFiles = [
  { name: "เอกสารตัวอย่าง.pdf", file: () => pdf("เอกสารตัวอย่าง.pdf", "SAMPLE DOCUMENT") },
  { name: "แบบแปลนตัวอย่าง.pdf", file: () => pdf("แบบแปลนตัวอย่าง.pdf", "SAMPLE FLOOR PLAN") },
];

// A whole, valid PDF needs little: five objects and the table of where they begin.
function pdf(name, title) {
  const drawing = `BT /F1 26 Tf 72 760 Td (${title}) Tj ET 72 740 451 2 re f 1 0 0 RG 3 w 90 120 415 560 re S`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let text = "%PDF-1.4\n";
  const starts = objects.map((object, index) => {
    const start = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return start;
  });
  const table = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${starts.map((start) => `${String(start).padStart(10, "0")} 00000 n \n`).join("")}`;
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return new File([text], name, { type: "application/pdf" });
}
