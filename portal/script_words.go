package portal

// FormWords are the sentences of the script that saves a form while it is filled in, by the names that it knows them by.
func (o own) FormWords() map[string]string {
	return map[string]string{
		"saved":   o.T("บันทึกแล้ว {time}", "Saved {time}"),
		"trouble": o.T("ยังบันทึกไม่ได้ จะลองใหม่เอง", "Not saved yet; trying again."),
		"offline": o.T("ไม่มีสัญญาณ ข้อความในหน้านี้ยังอยู่ จะบันทึกเองเมื่อสัญญาณกลับมา", "No connection. What you typed is still here and is saved when it is back."),
		"ended":   o.T("หมดเวลาเข้าสู่ระบบ ข้อความในหน้านี้ยังอยู่ กรุณาเข้าสู่ระบบในแท็บใหม่ แล้วกดถัดไป", "You were signed out. What you typed is still here: sign in in another tab, then press Next."),
		"clash":   o.T("มีข้อที่ถูกแก้จากที่อื่น กดถัดไปเพื่อเลือกคำตอบ", "Something was changed elsewhere. Press Next to choose."),
	}
}

// UploadWords are the sentences of the script that sends files, by the names that it knows them by. A page that loads
// Uploads.Script has them as JSON in <script type="application/json" id="upload-words">.
func (o own) UploadWords() map[string]string {
	return map[string]string{
		"largest":    o.T("ไฟล์ละไม่เกิน {size} ถ้าสัญญาณขาด ระบบจะส่งต่อให้เอง", "Up to {size} each; goes on by itself after a lost connection"),
		"queued":     o.T("รอส่ง", "Waiting its turn"),
		"sent":       o.T("ส่งแล้ว {sent} จาก {size}", "{sent} of {size} sent"),
		"finishing":  o.T("กำลังตรวจไฟล์", "Checking the file"),
		"waiting":    o.T("สัญญาณขาด จะส่งต่อเองเมื่อสัญญาณกลับมา", "No connection; goes on when it is back"),
		"paused":     o.T("พักไว้", "Paused"),
		"done":       o.T("ส่งเรียบร้อย {size}", "Sent, {size}"),
		"lost":       o.T("ส่งค้างไว้ {n}% กรุณาเลือกไฟล์เดิมอีกครั้งเพื่อส่งต่อ", "{n}% was sent. Choose the same file again to go on"),
		"failed":     o.T("ส่งไฟล์ไม่สำเร็จ กรุณาลบแล้วเลือกไฟล์ใหม่", "The file could not be sent. Remove it and choose another"),
		"unfinished": o.T("ยังส่งไฟล์ไม่ครบ กรุณารอให้ครบ หรือลบไฟล์ที่ไม่ใช้ แล้วกดส่งอีกครั้ง", "Not all files are here yet. Wait for them, or remove those you do not need, and send again"),

		"pause":  o.T("พัก", "Pause"),
		"resume": o.T("ส่งต่อ", "Go on"),
		"choose": o.T("เลือกไฟล์เดิม", "Choose the file"),
		"remove": o.T("ลบ", "Remove"),

		"begins":    o.T("เริ่มส่ง {name}", "Sending {name}"),
		"part":      o.T("{name} ส่งแล้ว {n}%", "{name}: {n}% sent"),
		"hasPaused": o.T("{name} พักไว้", "{name} is paused"),
		"goesOn":    o.T("{name} ส่งต่อ", "{name} goes on"),
		"dropped":   o.T("{name} สัญญาณขาด จะส่งต่อเอง", "{name}: no connection, goes on by itself"),
		"ready":     o.T("{name} ส่งเรียบร้อย", "{name} was sent"),
		"removed":   o.T("ลบ {name} แล้ว", "{name} was removed"),
	}
}
