package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/network"
	"saphan/internal/words"
	"saphan/tickets"
)

// caller is who asks: a key with the officer whom it stands for.
type caller struct {
	key     agencies.APIKey
	officer agencies.Officer
	lang    string // in which problems are told
	sent    []byte // fingerprint of the address and of what was sent with it
}

// actor is the caller as the history names it.
func (c caller) actor() tickets.Actor { return tickets.ByKey(c.officer.ID, c.key.ID) }

// may says why the caller may not do what a scope is about, or nil: the key must have it, and the officer's role must allow
// it today.
func (c caller) may(s agencies.APIScope) error {
	if !c.key.Lets(s) {
		return problemForbidden.of(fault.Newf(fault.Invalid, "กุญแจนี้ไม่มีขอบเขต {scope} กรุณาให้หัวหน้างานสร้างกุญแจที่มีขอบเขตนี้", "scope", string(s)))
	}
	if !c.officer.Role.Can(s.Needs()) {
		return fault.Newf(fault.Forbidden, "บทบาท{role}ไม่มีสิทธิ์ทำรายการนี้ หากจำเป็นต้องใช้ให้ติดต่อหัวหน้างานของท่าน", "role", words.Text{TH: c.officer.Role.Thai()})
	}
	return nil
}

type callerKey struct{}

// callerOf is who asks, in whatever runs behind guard.
func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller) // the zero caller has no key, and no scope
	return c
}

// bodyMost is more than any act needs.
const bodyMost = 64 << 10

// Headers of acts.
const (
	headerOnce    = "Idempotency-Key"
	headerVersion = "If-Match"
	longestOnce   = 255
)

// guard sets what every answer carries and lets in whoever has a key that works.
func (a *API) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if a.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, Base+openAPIPath) { // says nothing about anybody
			next.ServeHTTP(w, r)
			return
		}
		c, p := a.recognise(w, r)
		if p == nil && r.Method == http.MethodPost {
			c.sent, p = readSent(w, r)
		}
		if p != nil {
			a.write(w, r, p)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	})
}

// recognise returns who asks, or what is answered to whom it does not let in.
func (a *API) recognise(w http.ResponseWriter, r *http.Request) (caller, *Problem) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		w.Header().Set("WWW-Authenticate", `Bearer realm="saphan"`)
		return caller{}, a.hasty(w, a.lost, network.Of(r.RemoteAddr), problemKey.of(fault.New(fault.Invalid, "ยังไม่ได้ส่งกุญแจ API กรุณาส่งในหัวข้อ Authorization: Bearer")))
	}
	k, o, found, err := agencies.Recognise(r.Context(), a.db, agencies.Bearer(token), a.now())
	switch {
	case err != nil:
		return caller{}, a.refused(r.Context(), languageOf(r), "recognise", err)
	case !found:
		w.Header().Set("WWW-Authenticate", `Bearer realm="saphan", error="invalid_token"`)
		return caller{}, a.hasty(w, a.lost, network.Of(r.RemoteAddr), problemKey.of(fault.New(fault.Invalid, "กุญแจ API นี้ใช้ไม่ได้ อาจหมดอายุ ถูกเพิกถอน หรือบัญชีของเจ้าหน้าที่ถูกปิด กรุณาให้หัวหน้างานสร้างกุญแจใหม่")))
	}
	return caller{key: k, officer: o, lang: languageOf(r)}, a.hasty(w, a.paces, strconv.FormatInt(int64(k.ID), 10), nil)
}

// hasty is what is answered to who asks too fast, else otherwise.
func (a *API) hasty(w http.ResponseWriter, p *paces, who string, otherwise *Problem) *Problem {
	wait := p.wait(who, a.now())
	if wait == 0 {
		return otherwise
	}
	seconds := int(math.Ceil(wait.Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	return problemTooMany.of(fault.Newf(fault.Invalid, "เรียกถี่เกินไป กรุณารอ {n} วินาทีแล้วเรียกใหม่", "n", seconds))
}

// bodyPatience is how long what is sent may take to arrive.
const bodyPatience = 15 * time.Second

// readSent reads what was sent with an act whole, and returns the fingerprint by which it is known again.
func readSent(w http.ResponseWriter, r *http.Request) ([]byte, *Problem) {
	switch once := r.Header.Get(headerOnce); {
	case strings.TrimSpace(once) == "":
		return nil, problemNoKey.of(fault.New(fault.Invalid, "ยังไม่ได้ส่งหัวข้อ Idempotency-Key กรุณาตั้งค่าใหม่ทุกรายการ เช่น UUID และส่งค่าเดิมเมื่อส่งรายการเดิมซ้ำ"))
	case len(once) > longestOnce:
		return nil, problemMalformed.of(fault.Newf(fault.Invalid, "Idempotency-Key ยาวเกิน {n} ตัวอักษร กรุณาใช้ค่าที่สั้นลง เช่น UUID", "n", longestOnce))
	case r.Header.Get(headerVersion) == "":
		return nil, problemNoVersion.of(fault.New(fault.Invalid, "ยังไม่ได้ส่งหัวข้อ If-Match กรุณาอ่านเรื่องก่อนแล้วส่งค่า ETag ที่ได้มา"))
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s\n", r.Method, r.URL.Path)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "image/") { // whoever stores it reads it, once, and adds its hash
		return sum.Sum(nil), nil
	}
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(bodyPatience)) // where it cannot be set, the server's own holds
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMost))
	_ = connection.SetReadDeadline(time.Time{}) // or it would end the act
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge()
	case err != nil:
		return nil, problemMalformed.of(fault.New(fault.Invalid, "ข้อมูลที่ส่งมาไม่ครบ กรุณาส่งใหม่"))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum.Write(body)
	return sum.Sum(nil), nil
}
