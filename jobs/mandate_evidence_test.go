package jobs

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/tool"
	"saphan/proof"
	"saphan/tickets"
)

// PDP-10, EGA-15.1: what is filed under a mandate is the principal's in receipt, permit and letters; the evidence says who filed
// for whom, under which mandate, with the signed paper among the originals.
func TestEvidenceNamesBothPeople(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	id := h.mandated()
	made := h.filedFor(id, "question", testhouse.Answer("question", "ถามแทน"))
	h.Is(1, "lines of the receive register", `SELECT count(*) FROM received WHERE way = 'volunteer' AND ticket_id = $1`, made.ID)
	h.ends(id)
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error {
		if err := h.Desk.Evidence(t.Context(), tx, by, made.ID); err != nil {
			return err
		}
		_, err := proof.Ask(t.Context(), tx, h.Client, proof.Bundle{AgencyID: made.AgencyID, TicketID: int64(made.ID), OfficerID: h.Officer.ID, Reason: "ใช้ประกอบการเบิกจ่ายตัวอย่าง", AskedAt: h.Now()})
		return err
	})
	h.Settled()
	held := h.bundled(made.ID)
	for _, words := range []string{`"attorney": "มาลี ตัวอย่าง"`, `"principal": "นายสมชาย ตัวอย่าง"`, fmt.Sprintf(`"number": %d`, id), `"ended_by": "attorney"`} {
		if !strings.Contains(held["case.json"], words) {
			t.Errorf("case.json lacks %s:\n%s", words, held["case.json"])
		}
	}
	originals := 0
	for name, body := range held {
		if strings.HasPrefix(name, "files/") && strings.HasPrefix(body, "%PDF-1.7 ") {
			originals++
		}
		if strings.Contains(body, principal13.Digits()) {
			t.Errorf("%s has the number of the principal", name)
		}
	}
	if originals != 1 {
		t.Errorf("%d signed papers among the originals", originals)
	}
	summary := filepath.Join(t.TempDir(), "summary.pdf")
	must(t, os.WriteFile(summary, []byte(held["summary.pdf"]), 0o600))
	text := tool.Tight(tool.Run(t, "pdftotext", "-raw", summary, "-"))
	for _, words := range []string{"มาลี ตัวอย่าง", "นายสมชาย ตัวอย่าง", "หนังสือมอบอำนาจฉบับที่", "สิ้นสุด"} {
		if !strings.Contains(text, tool.Tight(words)) {
			t.Errorf("the summary lacks %q:\n%s", words, text)
		}
	}
}

// bundled are the files in the evidence of a case, by path.
func (h *house) bundled(id tickets.TicketID) map[string]string {
	h.T.Helper()
	var at files.Attachment
	h.Everywhere(func(tx pgx.Tx) error {
		all, err := proof.BundlesOf(h.T.Context(), tx, int64(id))
		if err != nil || len(all) != 1 || all[0].AttachmentID == nil {
			h.T.Fatalf("bundles %+v, %v", all, err)
		}
		at, err = files.Find(h.T.Context(), tx, *all[0].AttachmentID)
		return err
	})
	packed, err := h.BytesOf(at)
	must(h.T, err)
	if report := proof.CheckBundle(bytes.NewReader(packed), int64(len(packed)), nil); !report.Holds() {
		h.T.Errorf("the bundle: %+v", report)
	}
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	must(h.T, err)
	held := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		must(h.T, err)
		body, err := io.ReadAll(r)
		must(h.T, err)
		held[f.Name] = string(body)
	}
	return held
}

// PDP-10: what comes of a case that was filed under a mandate names the principal: the register, the permit and its paper, and not
// who filed it.
func TestPermitUnderAMandateNamesThePrincipal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	id := h.mandated()
	answers := append([]forms.Answer{testhouse.Picked("filed_by", "proxy", "ยื่นแทนผู้อื่น")}, testhouse.Business()...)
	for i, a := range answers {
		switch a.Field {
		case "title":
			answers[i] = testhouse.Answer("title", "นาย")
		case "name":
			answers[i] = testhouse.Answer("name", "สมชาย ตัวอย่าง")
		}
	}
	made := h.filedFor(id, "hazardous-business", answers...)
	h.Is(1, "lines of the receive register with the principal's name", `SELECT count(*) FROM received r JOIN tickets t ON t.id = r.ticket_id WHERE r.way = 'volunteer' AND t.citizen_name = 'นายสมชาย ตัวอย่าง'`)
	h.decide(tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "ครบถ้วน"})
	h.Settled()
	h.Is(1, "permits of the principal", `SELECT count(*) FROM permits WHERE ticket_id = $1 AND holder = 'นายสมชาย ตัวอย่าง' AND ready_at IS NOT NULL`, made.ID)
	var paper files.Attachment
	h.Everywhere(func(tx pgx.Tx) (err error) {
		file := h.Numbers(`SELECT attachment_id FROM permits WHERE ticket_id = $1`, made.ID)[0]
		paper, err = files.Find(t.Context(), tx, files.AttachmentID(file))
		return err
	})
	body, err := h.BytesOf(paper)
	must(t, err)
	path := filepath.Join(t.TempDir(), "permit.pdf")
	must(t, os.WriteFile(path, body, 0o600))
	text := tool.Tight(tool.Run(t, "pdftotext", "-raw", path, "-"))
	if !strings.Contains(text, tool.Tight("สมชาย ตัวอย่าง")) || strings.Contains(text, tool.Tight("มาลี")) {
		t.Errorf("the permit says\n%s", text)
	}
}
