package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"saphan/internal/lines"
	"saphan/internal/pdf"
)

// attached is the name of the data file inside the permit.
const attached = "licence.json"

// Permit draws the document. now is written as the time the file was made.
func Permit(d Document, now time.Time) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	data, err := d.data()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	file, err := pdf.New(pdf.About{Title: d.Title + " เลขที่ " + d.Number, Author: d.Agency.Name, Subject: d.Title, At: now})
	if err != nil {
		return nil, fmt.Errorf("draw permit %s: %w", d.Number, err)
	}
	names := []string{d.Holder, d.Agency.Name, d.Agency.Unit, d.Signer.Name}
	s := &sheet{
		d: d, file: file, words: lines.Known().With(names...), regular: file.Regular, bold: file.Bold,
		dataHash: hex.EncodeToString(sum[:]),
	}
	if err := s.pages(); err != nil {
		return nil, fmt.Errorf("draw permit %s: %w", d.Number, err)
	}
	file.Attach(pdf.File{Name: attached, Type: "application/json", About: "ข้อมูลใบอนุญาตสำหรับระบบคอมพิวเตอร์", Data: data})
	out, err := file.Bytes()
	if err != nil {
		return nil, fmt.Errorf("write permit %s: %w", d.Number, err)
	}
	return out, nil
}
