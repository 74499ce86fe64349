package files

import (
	"errors"
	"slices"

	"saphan/internal/fault"
	"saphan/internal/words"
)

// kind is one sort of file that people send, under whichever of its formats and names.
type kind struct {
	label      words.Text
	types      []string // by content
	extensions []string // by name
}

// accepted are the kinds that are taken (MTH-2.4). Within a kind a wrong name does no harm: telephones
// call HEIC pictures .jpg, and voice recordings and videos share one format.
var accepted = []kind{
	{words.Text{TH: "ไฟล์ PDF", EN: "a PDF"}, []string{"application/pdf"}, []string{".pdf"}},
	{
		words.Text{TH: "รูปภาพ", EN: "a picture"},
		[]string{"image/jpeg", "image/png", "image/webp", "image/heic", "image/heic-sequence", "image/heif", "image/heif-sequence"},
		[]string{".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".heic", ".heif"},
	},
	{words.Text{TH: "ไฟล์ Word", EN: "a Word file"}, []string{"application/vnd.openxmlformats-officedocument.wordprocessingml.document"}, []string{".docx"}},
	{words.Text{TH: "ไฟล์ Excel", EN: "an Excel file"}, []string{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}, []string{".xlsx"}},
	{words.Text{TH: "แบบแปลน", EN: "a drawing"}, []string{"image/vnd.dwg", "image/vnd.dxf"}, []string{".dwg", ".dxf"}},
	{
		words.Text{TH: "วิดีโอหรือเสียง", EN: "a video or a recording"},
		[]string{"video/mp4", "video/quicktime", "video/x-m4v", "audio/mp4", "audio/x-m4a", "audio/mpeg"},
		[]string{".mp4", ".m4v", ".mov", ".qt", ".m4a", ".mp3"},
	},
}

// dangerous are extensions that a computer would run or open as something else than the content is.
var dangerous = []string{
	".exe", ".com", ".scr", ".bat", ".cmd", ".msi", ".msix", ".dll", ".pif", ".cpl", ".lnk", ".url", ".reg", ".iso", ".img",
	".js", ".jse", ".mjs", ".vbs", ".vbe", ".wsf", ".hta", ".ps1", ".sh", ".py", ".php", ".jar", ".apk", ".app", ".dmg",
	".htm", ".html", ".xhtml", ".shtml", ".mht", ".mhtml", ".svg", ".xml", ".swf",
	".docm", ".dotm", ".xlsm", ".xltm", ".xlsb", ".pptm", ".doc", ".xls", ".ppt", ".rtf", ".zip", ".rar", ".7z",
}

// unwanted is why a file with a trait is not taken, and what to send instead.
var unwanted = map[Trait]*fault.Error{
	Hiding:  fault.New(fault.Invalid, "ไฟล์นี้มีไฟล์หรือโปรแกรมอื่นซ่อนอยู่ข้างใน จึงรับไม่ได้ กรุณาส่งไฟล์ต้นฉบับ หรือถ่ายรูปเอกสารส่งมาแทนค่ะ"),
	Macros:  fault.New(fault.Invalid, "ไฟล์นี้มีมาโคร (คำสั่งอัตโนมัติ) จึงรับไม่ได้ กรุณาบันทึกเป็น PDF แล้วส่งใหม่ค่ะ"),
	Immense: fault.New(fault.Invalid, "รูปนี้กว้างยาวเกินกว่าจะเปิดดูได้ กรุณาย่อรูปหรือถ่ายใหม่แล้วส่งอีกครั้งค่ะ"),
}

// Accept says whether a file of this content and name is taken. The answer for the sender is in the
// error: the kinds that are taken, what is wrong inside, or that the name does not fit the content.
func Accept(o Object, name string) error {
	i := slices.IndexFunc(accepted, func(k kind) bool { return slices.Contains(k.types, o.MediaType) })
	if i < 0 {
		return fault.New(fault.Invalid, "ไฟล์ชนิดนี้ยังรับไม่ได้ กรุณาส่งเป็น PDF รูปภาพ (JPG PNG HEIC WEBP) Word (.docx) Excel (.xlsx) แบบแปลน (DWG DXF) วิดีโอ (MP4 MOV) หรือเสียง (M4A MP3) ค่ะ")
	}
	if why, is := unwanted[o.Trait]; is {
		return why
	}
	ext := extension(SafeName(name))
	misnamed := slices.Contains(dangerous, ext) || slices.ContainsFunc(accepted, func(k kind) bool {
		return k.label != accepted[i].label && slices.Contains(k.extensions, ext)
	})
	if misnamed {
		return fault.Newf(fault.Invalid, "ชื่อไฟล์ลงท้ายด้วย {ending} แต่ข้างในเป็น{kind} กรุณาส่งไฟล์ต้นฉบับที่ไม่ได้เปลี่ยนชื่อค่ะ", "ending", ext, "kind", accepted[i].label)
	}
	return nil
}

// Refusal tells an error that is the file's own fault from one that may pass: it returns the sentence
// for the sender, in Thai; fault.In says it in other languages.
func Refusal(err error) (sentence string, refused bool) {
	var f *fault.Error
	if !errors.As(err, &f) || (f.Kind != fault.Invalid && f.Kind != fault.TooLarge) {
		return "", false
	}
	return f.Message, true
}
