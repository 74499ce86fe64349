package portal_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"saphan/proof"
)

// EGA-15.1: whoever has evidence in hand finds the public keys and an agency's anchors, to read and for programs; what is
// secret of the keys is not among them.
func TestAnchorsArePublished(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.withStore(t)
	if _, page := s.get(t, "/proof"); !strings.Contains(page, "ยังไม่มีการผนึก") {
		t.Error("before the first anchor the page does not say so")
	}
	s.ticket(t)
	notary := &proof.Notary{DB: s.db, Store: s.files, Box: s.box, Jobs: s.jobs, Now: func() time.Time { return s.now().Add(48 * time.Hour) }}
	if made, err := notary.Anchor(t.Context()); err != nil || made != 1 {
		t.Fatalf("%d anchors, %v", made, err)
	}
	res, page := s.get(t, "/proof?agency="+strings.ToLower(s.agency.Code))
	if res.StatusCode != http.StatusOK {
		t.Fatalf("the page is %d", res.StatusCode)
	}
	holds(t, page, s.agency.Name, "ฉบับที่ 1", "keys.json")
	if _, page := s.get(t, "/proof?agency=NONE"); !strings.Contains(page, `role="alert"`) {
		t.Error("an unknown agency is not named")
	}
	_, body := s.get(t, "/proof/anchors.json?agency="+s.agency.Code)
	var listed struct{ Anchors []proof.Published }
	if err := json.Unmarshal([]byte(body), &listed); err != nil || len(listed.Anchors) != 1 || listed.Anchors[0].Sealed != "" {
		t.Fatalf("anchors.json: %s, %v", body, err)
	}
	_, body = s.get(t, "/proof/keys.json")
	if !strings.Contains(body, listed.Anchors[0].PublicKey) || strings.Contains(body, "sealed") || !strings.Contains(page, listed.Anchors[0].PublicKey) {
		t.Errorf("keys.json: %s", body)
	}
}
