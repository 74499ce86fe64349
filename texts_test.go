package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"saphan/internal/words"
)

// Everything that is said has its English, beside it or in the English catalogue, with the same names left open; and the
// catalogue has nothing that nobody says.
func TestEverythingIsSaidInEnglish(t *testing.T) {
	t.Parallel()
	texts, err := allTexts("")
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) < 1000 {
		t.Fatalf("only %d texts are found", len(texts))
	}
	languages, err := openLanguages("")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, text := range texts {
		said[text.TH] = true
		english := languages.In(words.English, text.TH, text.EN)
		if english == text.TH && thaiLetters(english) {
			t.Errorf("there is no English of %q", text.TH)
		}
		if th, en := words.Placeholders(text.TH), words.Placeholders(english); !slices.Equal(th, en) {
			t.Errorf("%q leaves %v open, and its English %v", text.TH, th, en)
		}
	}
	raw, err := os.ReadFile(filepath.Join("internal", "words", "languages", "en.json"))
	if err != nil {
		t.Fatal(err)
	}
	var english words.Catalogue
	if err := json.Unmarshal(raw, &english); err != nil {
		t.Fatal(err)
	}
	for th := range english.Texts {
		if !said[th] {
			t.Errorf("nobody says %q any more: take it out of en.json", th)
		}
	}
}

func thaiLetters(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 'ก' && r <= '๛' })
}

// A translator prints the catalogue, fills it in, and puts the file where LANGUAGES_DIR says; a mistake is told by its line.
func TestTextsForATranslator(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := func(name string) string { return map[string]string{"LANGUAGES_DIR": dir}[name] }
	command := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append([]string{"texts"}, args...), env, &out, &out)
		return out.String(), err
	}
	printed, err := command("lo")
	if err != nil {
		t.Fatal(err)
	}
	var draft words.Catalogue
	if err := json.Unmarshal([]byte(printed), &draft); err != nil {
		t.Fatal(err)
	}
	if draft.Code != "lo" || len(draft.Texts) < 1000 || draft.Empty() != len(draft.Texts) {
		t.Fatalf("the draft of %q has %d texts, %d of them empty", draft.Code, len(draft.Texts), draft.Empty())
	}
	draft.Name, draft.Texts["ระบบขัดข้องชั่วคราว กรุณาลองใหม่อีกครั้ง"] = "ລາວ", "ລະບົບຂັດຂ້ອງ"
	save := func(c words.Catalogue) {
		raw, err := json.MarshalIndent(c, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "lo.json"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save(draft)
	if list, err := command(); err != nil || !strings.Contains(list, "lo\tລາວ\t") {
		t.Errorf("the languages: %q, %v", list, err)
	}
	if again, err := command("lo"); err != nil || !strings.Contains(again, "ລະບົບຂັດຂ້ອງ") {
		t.Errorf("what was translated is not printed again: %v", err)
	}
	if f := examineLanguages(config{LanguagesDir: dir}); f.fault != "" || !strings.Contains(f.note, "lo (") {
		t.Errorf("the doctor says %+v", f)
	}
	draft.Texts["รหัสผ่านต้องยาว {min} ถึง {max} ตัวอักษร"] = "{min}"
	save(draft)
	_, err = command()
	if err == nil || !strings.Contains(err.Error(), "lo.json:") || !strings.Contains(err.Error(), "{max}") {
		t.Errorf("a lost name is told as %v", err)
	}
	if f := examineLanguages(config{LanguagesDir: dir}); !strings.Contains(f.fault, "lo.json:") {
		t.Errorf("the doctor says %+v", f)
	}
	if _, err := command("Lao"); err == nil {
		t.Error("a language has the code Lao")
	}
}
