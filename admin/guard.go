package admin

import (
	"net/http"

	"saphan/agencies"
	"saphan/internal/fault"
)

// policy lets a page load nothing but our own files and run nothing written into the page
// (ASVS 3.4.3).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; " +
	"connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard sets what every answer carries and turns away changes that another site asks for
// (ASVS 3.5.1).
func (a *Admin) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
		h.Set("Cache-Control", "no-store")
		if a.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if err := a.origin.Check(r); err != nil {
			a.fail(w, r, agencies.Officer{}, fault.Wrap(fault.Forbidden,
				"คำสั่งนี้มาจากเว็บไซต์อื่น ระบบจึงไม่ทำให้ กรุณาทำรายการจากหน้านี้โดยตรง", err))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// cookieName is the name of one of our cookies. Over https the prefix makes browsers hold it to
// this very host (ASVS 3.3.1); on a loopback address without https they would refuse it.
func (a *Admin) cookieName(name string) string {
	if a.secure {
		return "__Host-saphan-" + name
	}
	return "saphan-" + name
}

const (
	sessionCookie = agencies.SessionCookie
	deviceCookie  = "device"
)

func (a *Admin) setCookie(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure follows the public address
		Name: a.cookieName(name), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: a.secure, SameSite: http.SameSiteLaxMode,
	})
}

func (a *Admin) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(a.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// officer returns who asks.
func (a *Admin) officer(r *http.Request, touch bool) (agencies.Officer, bool, error) {
	token := a.cookie(r, sessionCookie)
	if token == "" {
		return agencies.Officer{}, false, nil
	}
	return a.sessions.Find(r.Context(), agencies.Token(token), touch)
}
