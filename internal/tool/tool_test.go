package tool_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saphan/internal/pdf"
	"saphan/internal/promptpay"
	"saphan/internal/tool"
)

// The words of a drawn page come back, and what its picture's code says.
func TestReads(t *testing.T) {
	t.Parallel()
	d, err := pdf.New(pdf.About{Title: "เอกสาร", Author: "หน่วยงานตัวอย่าง", Subject: "ทดสอบ", At: time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	const said = "น้ำท่วม ตำบลทุ่งแค้ว"
	d.NewPage().Text(d.Regular, 50, 700, 14, pdf.Colour{}, said)
	document, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got := tool.Text(t, document, "-raw"); tool.Tight(got) != tool.Tight(said) || strings.Contains(tool.Tight(got), " ") {
		t.Errorf("the page says %q", got)
	}
	account, err := promptpay.ParseAccount(promptpay.Mobile, "0812345678")
	if err != nil {
		t.Fatal(err)
	}
	pay := promptpay.Payment{To: account}
	want, err := pay.Payload()
	if err != nil {
		t.Fatal(err)
	}
	picture, err := pay.Picture(400)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "code.png")
	if err := os.WriteFile(path, picture, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := tool.Code(t, path); got != want {
		t.Errorf("the code says %q, want %q", got, want)
	}
}
