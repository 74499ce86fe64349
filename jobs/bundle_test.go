package jobs

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/files"
	"saphan/internal/thai"
	"saphan/internal/tool"
	"saphan/permits"
	"saphan/proof"
	"saphan/tickets"
)

// EGA-15.1, SEED-3: the evidence of a decided case is one ZIP with its originals, history, decision and who read it, which
// proves itself by the anchors of the days before; what came since is in it too. It belongs to the case.
func TestBundleOfACase(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.person("a")
	p.decided(p.files(), "reason of a decision")
	cases := h.Tickets()
	ticket := cases[len(cases)-1]
	h.Everywhere(func(tx pgx.Tx) error {
		return citizens.NoteReading(t.Context(), tx, citizens.Reading{AgencyID: int64(ticket.AgencyID), TicketID: int64(ticket.ID), OfficerID: int64(h.Officer.ID), Kind: citizens.ReadCase, Standing: citizens.Other, Reason: "เหตุตัวอย่าง", At: h.Now()})
	})
	night := proof.Due(h.Now()).In(thai.Bangkok()).AddDate(0, 0, 1).Add(90 * time.Minute)
	h.Ahead.Store(int64(time.Until(night)))
	must(t, run(h, &anchor{Deps: h.Deps}, AnchorArgs{}))
	must(t, run(h, &anchor{Deps: h.Deps}, AnchorArgs{})) // twice is once
	h.Settled()
	h.Is(1, "anchors", `SELECT count(*) FROM anchors WHERE agency_id = $1`, ticket.AgencyID)
	if found, err := h.Deps.notary().Audit(t.Context()); err != nil || len(found.Findings) != 0 || found.Anchors == 0 {
		t.Errorf("the histories of the house: %+v, %v", found, err)
	}
	h.Everywhere(func(tx pgx.Tx) error {
		if err := h.Desk.Evidence(t.Context(), tx, tickets.ByOfficer(h.Officer.ID), ticket.ID); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO consultations (agency_id, ticket_id, to_agency, officer_id, question, due_on, due_at, at, answer, text, answered_by, post, acting_for, order_no, answered_at)
			VALUES ($1, $2, $1, $3, 'แนวท่อผ่านจุดนี้หรือไม่', $4::timestamptz::date, $4, $4, 'agree', 'แนวท่อไม่ผ่านจุดนี้', $3, 'ผู้อำนวยการกองช่าง', 'นายกเทศมนตรี', 'คำสั่งที่ 12/2569', $4)`, ticket.AgencyID, ticket.ID, h.Officer.ID, h.Now())
		if err != nil {
			return err
		}
		_, err = proof.Ask(t.Context(), tx, h.Client, proof.Bundle{AgencyID: ticket.AgencyID, TicketID: int64(ticket.ID), OfficerID: h.Officer.ID, Reason: "ใช้ประกอบการเบิกจ่ายตัวอย่าง", AskedAt: h.Now()})
		return err
	})
	h.Settled()
	packed := h.bundle(ticket.ID)
	report := proof.CheckBundle(bytes.NewReader(packed), int64(len(packed)), nil)
	if !report.Holds() || report.Case != ticket.Number || !strings.HasSuffix(report.KeyURL, "/proof") {
		t.Fatalf("the bundle: %+v", report)
	}
	held := unpacked(t, packed)
	originals, letter := 0, ""
	for name, body := range held {
		if strings.HasPrefix(name, "files/") {
			originals++
		}
		if strings.HasSuffix(name, "-decision-"+ticket.Number+".pdf") {
			letter = tool.Tight(tool.Text(t, []byte(body)))
		}
	}
	for path, marker := range map[string]string{
		"summary.pdf": "%PDF", "decision.json": p.marks["reason of a decision"], "decisions.json": p.marks["reason of a decision"], "request.json": p.marks["filed answer"], "readings.jsonl": "เหตุตัวอย่าง",
		"proofs.json": `"histories`, "case.json": ticket.Number, "consultations.json": "แนวท่อไม่ผ่านจุดนี้",
	} {
		if !strings.Contains(held[path], marker) && !strings.Contains(held[path], strings.ReplaceAll(marker, `"`, `\"`)) {
			t.Errorf("%s lacks %q", path, marker)
		}
	}
	for _, signed := range []string{h.Officer.Name, "ผู้อำนวยการกองช่าง", "นายกเทศมนตรี", "คำสั่งที่ 12/2569"} {
		if !strings.Contains(held["consultations.json"], signed) {
			t.Errorf("consultations.json does not name who answered: %q", signed)
		}
	}
	if !strings.Contains(letter, p.marks["reason of a decision"]) {
		t.Errorf("the letter is not in the bundle: %q", letter)
	}
	if originals == 0 {
		t.Error("the bundle has no originals")
	}
	if strings.Contains(held["talk.json"], p.marks["officer's note on a filed case"]) && p.marks["officer's note on a filed case"] != "" {
		t.Error("the bundle has officers' notes to one another")
	}
	must(t, os.MkdirAll(filepath.Join("..", "artefacts"), 0o755))
	must(t, os.WriteFile(filepath.Join("..", "artefacts", "evidence-summary.pdf"), []byte(held["summary.pdf"]), 0o600))
	must(t, os.WriteFile(filepath.Join("..", "artefacts", "evidence.zip"), packed, 0o600))
}

// bundle is the only bundle of a case; its job, run twice, makes one file.
func (h *house) bundle(ticket tickets.TicketID) []byte {
	h.T.Helper()
	var (
		at   files.Attachment
		made proof.BundleID
	)
	h.Everywhere(func(tx pgx.Tx) error {
		all, err := proof.BundlesOf(h.T.Context(), tx, int64(ticket))
		if err != nil || len(all) != 1 || all[0].AttachmentID == nil {
			h.T.Fatalf("bundles %+v, %v", all, err)
		}
		made = all[0].ID
		at, err = files.Find(h.T.Context(), tx, *all[0].AttachmentID)
		return err
	})
	must(h.T, run(h, &bundle{Deps: h.Deps}, proof.BundleArgs{BundleID: made}))
	h.Is(1, "files", `SELECT count(*) FROM attachments WHERE source LIKE 'bundle:%'`)
	packed, err := h.BytesOf(at)
	must(h.T, err)
	return packed
}

// unpacked is what is in a ZIP, by name.
func unpacked(t *testing.T, packed []byte) map[string]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	must(t, err)
	held := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		must(t, err)
		body, err := io.ReadAll(r)
		must(t, err)
		held[f.Name] = string(body)
	}
	return held
}

// A decision that was changed is evidence too (EGA-15.1): the bundle has both, the permits and letters of both, and the
// histories of both permits.
func TestBundleOfAChangedDecision(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.approved()
	h.Pays(ticket.ID)
	h.changes(revoking(ticket.ID, "ปิดก่อนเวลา 22.00 น."))
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := proof.Ask(t.Context(), tx, h.Client, proof.Bundle{AgencyID: ticket.AgencyID, TicketID: int64(ticket.ID), OfficerID: h.Officer.ID, Reason: "ส่งศาลตัวอย่าง", AskedAt: h.Now()})
		return err
	})
	h.Settled()
	packed := h.bundle(ticket.ID)
	if report := proof.CheckBundle(bytes.NewReader(packed), int64(len(packed)), nil); !report.Holds() {
		t.Errorf("the bundle: %+v", report)
	}
	held := unpacked(t, packed)
	var (
		stands    bundledDecision
		decisions []bundledDecision
		issued    []permits.Permit
	)
	must(t, json.Unmarshal([]byte(held["decision.json"]), &stands))
	must(t, json.Unmarshal([]byte(held["decisions.json"]), &decisions))
	must(t, json.Unmarshal([]byte(held["permits.json"]), &issued))
	if len(decisions) != 2 || decisions[0].ChangedAt == nil || decisions[1].Change != tickets.Revocation || stands.N != decisions[1].N || stands.Facts == "" || stands.AppealBody != "รัฐมนตรี" {
		t.Errorf("the decisions: %s", held["decisions.json"])
	}
	if len(issued) != 2 || issued[1].Replaces != issued[0].Number {
		t.Errorf("the permits: %s", held["permits.json"])
	}
	letters, books := 0, 0
	for name := range held {
		if strings.HasSuffix(name, "-decision-"+ticket.Number+".pdf") {
			letters++
		}
		if strings.HasPrefix(name, "history/permit") {
			books++
		}
	}
	if letters != 2 || books != 2 {
		t.Errorf("%d letters and %d histories of permits in %v", letters, books, slices.Sorted(maps.Keys(held)))
	}
	for _, p := range issued {
		if p.AttachmentID == nil || held[fmt.Sprintf("files/%d-%s.pdf", *p.AttachmentID, p.Number)] == "" {
			t.Errorf("the document of %s is not in %v", p.Number, slices.Sorted(maps.Keys(held)))
		}
	}
}
