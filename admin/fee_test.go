package admin

import (
	"strings"
	"testing"
	"time"

	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/payments"
)

// The register goes out with every receipt, and its last line counts only those that hold (SEED-4).
func TestRegisterTable(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.November, 23, 3, 0, 0, 0, time.UTC)
	one := payments.Entry{Receipt: payments.Receipt{YearBE: 2570, Seq: 1, Satang: 100050, Payer: "=HYPERLINK(1)", Way: payments.ByCash, PaidAt: at, IssuedAt: at, OfficerName: "การเงิน ตัวอย่าง"}, About: "ค่าธรรมเนียม"}
	void := one
	void.Seq, void.CancelledAt, void.CancelledWhy = 2, &at, "ชื่อผิด"
	table, err := registerTable([]payments.Entry{one, void})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(table)), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "\ufeffเล่มที่,") {
		t.Fatalf("%d lines: %s", len(lines), table)
	}
	for i, want := range []string{"2570,000001,2026-11-23 10:00", "2570,000002,", "รวม,1,,,,,1000.50"} {
		if !strings.HasPrefix(lines[i+1], want) {
			t.Errorf("line %d: %s", i+1, lines[i+1])
		}
	}
	if !strings.Contains(lines[1], "'=HYPERLINK") || !strings.Contains(lines[2], "ยกเลิก,ชื่อผิด") {
		t.Errorf("lines: %s", table)
	}
}

// A period is a month or a day, whole, in Bangkok.
func TestPeriodOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 30, 18, 0, 0, 0, time.UTC) // December in Bangkok
	for period, want := range map[string][2]string{
		"": {"2026-12-01", "2027-01-01"}, "2026-02": {"2026-02-01", "2026-03-01"}, "2026-02-28": {"2026-02-28", "2026-03-01"},
	} {
		from, until, day, err := periodOf(period, now)
		if err != nil || from.Format(time.DateOnly) != want[0] || until.Format(time.DateOnly) != want[1] || day != (len(period) == 10) || from.Location() != thai.Bangkok() {
			t.Errorf("%q: %v to %v, %v", period, from, until, err)
		}
	}
	if _, _, _, err := periodOf("yesterday", now); !fault.Is(err, fault.Invalid) {
		t.Errorf("no period: %v", err)
	}
}
