package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/thai"
)

// overlooked is a house in which a lamp waits unread and nobody opened its queue by eleven.
func overlooked(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	day := h.now()
	h.set(time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, thai.Bangkok()))
	h.problem("หน้าโรงเรียนตัวอย่าง")
	h.set(time.Date(day.Year(), day.Month(), day.Day(), 11, 2, 0, 0, thai.Bangkok()))
	h.everywhere(func(tx pgx.Tx) error { return h.desk.AlertUnread(h.ctx(), tx, h.agency.ID) })
	return h
}

// MTH-2.1: the head reads in the inbox which queue nobody opened in time, with a mark at the queue; officers do not. Once somebody
// opened the queue it is gone, and a head who only reads the line has not opened it.
func TestHeadReadsWhichQueueNobodyOpened(t *testing.T) {
	t.Parallel()
	h := overlooked(t)
	const line, mark = "ยังไม่มีเจ้าหน้าที่เปิดคิว", "ยังไม่มีผู้เปิดคิวนี้ในเวลา"
	head := h.as(h.head)
	for range 2 {
		if page := head.get("/admin/"); !strings.Contains(page.body, line) || !strings.Contains(page.body, mark) || !strings.Contains(page.body, "1 เรื่องที่ยังไม่อ่าน") {
			t.Fatalf("the head is not told: %s", page.body)
		}
	}
	officer := h.as(h.officer)
	if page := officer.get("/admin/"); strings.Contains(page.body, line) {
		t.Error("an officer is told what is for the head")
	}
	if page := head.get("/admin/"); strings.Contains(page.body, line) || strings.Contains(page.body, mark) {
		t.Error("it stays after an officer opened the list of all")
	}
}

// TestUnreadLook keeps pictures of the inbox of a head whose officers opened nothing, and fails for whatever axe finds.
func TestUnreadLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := overlooked(t)
	b.enter(h, h.head)
	for _, width := range []int64{1280, 390} {
		b.size(width, 900)
		b.visit(h.server.URL+"/admin/", ".unseen")
		where := fmt.Sprintf("unread-%d", width)
		b.noOverflow(where)
		b.accessible(where)
		b.shot(where)
	}
}
