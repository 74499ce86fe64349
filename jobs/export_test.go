package jobs

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/files"
)

// asksExport asks for a copy and waits for it.
func (p *planted) asksExport() (e citizens.Export) {
	h := p.h
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) (err error) {
		e, err = citizens.AskExport(h.T.Context(), tx, h.Client, p.citizen, []citizens.CitizenID{p.citizen}, h.Now())
		return err
	})
	h.Settled()
	h.Everywhere(func(tx pgx.Tx) (err error) {
		e, err = citizens.FindExport(h.T.Context(), tx, e.ID)
		return err
	})
	return e
}

// unpacked is what a copy holds, by name.
func (h *house) unpacked(e citizens.Export) map[string][]byte {
	h.T.Helper()
	if e.AttachmentID == nil {
		h.T.Fatalf("there is no copy: %+v", e)
	}
	var at files.Attachment
	h.Everywhere(func(tx pgx.Tx) (err error) {
		at, err = files.Find(h.T.Context(), tx, files.AttachmentID(*e.AttachmentID))
		return err
	})
	packed, err := h.BytesOf(at)
	must(h.T, err)
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	must(h.T, err)
	all := map[string][]byte{}
	for _, f := range archive.File {
		r, err := f.Open()
		must(h.T, err)
		all[f.Name], err = io.ReadAll(r)
		must(h.T, err)
		must(h.T, r.Close())
	}
	return all
}

// PDP-4: a copy has everything that is kept about the person, to read and for programs, with their files, and nothing of
// anybody else's nor what officers wrote to one another. The chat says when it is there.
func TestExport(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, other := h.person("a"), h.person("b")
	p.talks()
	p.decided(p.files(), "reason of a decision")
	before := len(h.List(`SELECT cause FROM replies`))
	e := p.asksExport()
	if e.State != citizens.ExportReady || e.ReadyAt == nil {
		t.Fatalf("the copy is %+v", e)
	}
	if said := h.List(`SELECT cause FROM replies ORDER BY id`); len(said) != before+1 || !strings.HasPrefix(said[before], "export ") {
		t.Errorf("said after it: %q", said[before:])
	}
	all := h.unpacked(e)
	var data personalData
	must(t, json.Unmarshal(all["data.json"], &data))
	if len(data.Cases) != 2 || len(data.Accounts) != 2 || data.Accounts[0].ID != p.User || data.Accounts[1].Channel != "web" || len(data.Documents) != 1 || len(data.Proved) != 1 {
		t.Errorf("data: %+v", data)
	}
	gone := append([]string{
		"data of a button", "officer's note", "officer's note on a filed case", "name of an upload", "words to an officer", "event of a kind that nobody knows",
		"sealed fact", "sealed address",
	}, neverKept...) // taken back, replaced, the agency's own, or raw events that were worked on
	whole := bytes.Buffer{}
	for _, content := range all {
		whole.Write(content)
	}
	for what, marker := range p.marks {
		if has, should := bytes.Contains(whole.Bytes(), []byte(marker)), !slices.Contains(gone, what); has != should {
			t.Errorf("the copy has %s: %v", what, has)
		}
	}
	for what, marker := range other.marks {
		if bytes.Contains(whole.Bytes(), []byte(marker)) {
			t.Errorf("the copy has %s of somebody else", what)
		}
	}
	for _, f := range data.Files {
		if f.Path == "" || len(all[f.Path]) != int(f.Bytes) {
			t.Errorf("file %+v: %d bytes", f, len(all[f.Path]))
		}
	}
	page := string(all["อ่านก่อน.html"])
	for _, words := range []string{p.marks["filed answer"], p.marks["reason of a decision"], p.marks["sealed registered address"], "<!doctype html>", "พ.ย. 25"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "http") {
		t.Error("the page runs or loads something")
	}

	// Its bytes go when its link has ended, and after a week the fact.
	h.Ahead.Store(int64(citizens.ExportLife + 2*time.Hour))
	must(t, run(h, &purge{Deps: h.Deps}, PurgeArgs{}))
	h.Settled()
	h.Is(1, "copies without bytes", `SELECT count(*) FROM exports WHERE state = 'gone'`)
	h.Is(0, "bytes of copies", `SELECT count(*) FROM attachments WHERE source LIKE 'export:%' AND state <> 'gone'`)
	h.Ahead.Store(int64(citizens.ExportKept + time.Hour))
	must(t, run(h, &purge{Deps: h.Deps}, PurgeArgs{}))
	h.Is(0, "copies", `SELECT count(*) FROM exports`)
}

// What somebody typed is words on the page of a copy, whatever it looks like.
func TestExportPageIsSafe(t *testing.T) {
	t.Parallel()
	bad := `<script>alert(1)</script>"'&%s`
	var page bytes.Buffer
	must(t, personalData{
		MadeAt: time.Now(), Accounts: []accountData{{"line", "p", bad, bad}}, Profile: []factData{{Key: bad, Text: bad, Origin: bad}},
		Documents: []documentData{{Label: bad, Agency: bad, Shared: []sharedData{{Agency: bad}}}}, Files: []fileData{{Name: bad}},
		Cases: []caseData{{Number: bad, Service: bad, Answers: []answerData{{Label: bad, Text: bad}}, Talk: []talkData{{From: "citizen", Text: bad}}}},
		Begun: []begunData{{Service: bad, Answers: []answerData{{Label: bad, Text: bad}}}}, Said: []saidData{{Text: bad}},
	}.page(&page))
	if s := page.String(); strings.Contains(s, "<script>") || strings.Contains(s, "%!") || strings.Count(s, "&lt;script&gt;") < 15 {
		t.Errorf("the page:\n%s", s)
	}
}
