package bot

import (
	"time"

	"saphan/forms"
)

// knownOf is something known for each question of a form about the person, sometimes nothing that can answer it.
func knownOf(f *forms.Form) (all []Known) {
	for i, fl := range f.Fields {
		if fl.Profile == "" {
			continue
		}
		text := fl.Example.TH
		if i%7 == 0 {
			text = "ไม่ทราบ"
		}
		all = append(all, Known{Key: fl.Profile, Text: text})
	}
	return all
}

// vaultOf is a document for each that a form takes out of the vault, every other one with another agency.
func vaultOf(f *forms.Form, now time.Time) (all []Owned) {
	for i, fl := range f.Fields {
		if fl.Vault != nil {
			all = append(all, Owned{
				ID: 1, Type: fl.Vault.Type, File: forms.File{ID: int64(9000 + i), Name: "เอกสาร.pdf", Type: "application/pdf", Size: 1}, GivenAt: now, Agency: "อบต.ตัวอย่าง", Tap: i%2 == 0,
			})
		}
	}
	return all
}
