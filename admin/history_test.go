package admin

import (
	"encoding/json"
	"testing"

	"saphan/tickets"
)

// The history reads what the case wrote: how many documents are still missing after one has come.
func TestHistoryTellsWhatIsStillMissing(t *testing.T) {
	t.Parallel()
	for documents, want := range map[int]string{0: "ส่งเอกสารเพิ่มครบแล้ว", 2: "ส่งเอกสารเพิ่ม ยังขาดอีก 2 รายการ"} {
		detail, err := json.Marshal(tickets.Detail{Documents: documents})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := (historian{}).what(tickets.Event{Kind: tickets.EventSupplied, Detail: detail}); got != want {
			t.Errorf("with %d missing the history says %q, want %q", documents, got, want)
		}
	}
}
