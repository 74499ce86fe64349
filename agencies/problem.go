package agencies

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"

	"saphan/internal/fault"
	"saphan/internal/secret"
)

// problemOf says in Thai why an attempt got no answer, for the officer who looks at the
// delivery. The endpoint's address is left out: its query may hold a token.
func problemOf(err error) string {
	var (
		refused *refusal
		dns     *net.DNSError
		cert    *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		timeout interface{ Timeout() bool }
		general *url.Error
		known   *fault.Error
	)
	switch {
	case errors.As(err, &refused):
		return "ไม่ส่งไปยัง " + refused.addr.Addr().String() + ": " + refused.why
	case errors.Is(err, secret.ErrSealed):
		return "เปิดรหัสลับของปลายทางไม่ได้ SECRET_KEY อาจถูกเปลี่ยน กรุณาแจ้งผู้ดูแลระบบ"
	case errors.As(err, &known):
		return known.Message
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return "ปลายทางไม่ตอบภายในเวลาที่กำหนด"
	case errors.As(err, &dns):
		return "หาที่อยู่ของ " + dns.Name + " ไม่พบ"
	case errors.As(err, &cert):
		return "ใบรับรองของปลายทางใช้ไม่ได้: " + cert.Err.Error()
	case errors.As(err, &record), errors.As(err, &alert):
		return "เชื่อมต่อแบบ TLS กับปลายทางไม่ได้"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "ปลายทางไม่รับการเชื่อมต่อ"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "ปลายทางตัดการเชื่อมต่อก่อนตอบ"
	case errors.As(err, &general):
		return "ส่งไม่สำเร็จ: " + general.Err.Error()
	default:
		return "ส่งไม่สำเร็จ: " + err.Error()
	}
}
