package papers

import (
	"strconv"
	"time"

	"saphan/internal/words"
)

// Delay is what a letter on a delay says: why a request is not decided in time (LFA-10.2).
type Delay struct {
	Number     string // of the case
	N          int    // which letter on the delay: 1 is the first
	Agency     Agency
	Citizen    string
	Service    string
	ReceivedAt time.Time // when the request counts as received
	DueAt      time.Time // when it was to be decided
	Reason     string    // by the officer
	Law        string    // what asks for the letter
	Officer    Officer
	At         time.Time // when the letter went
	VerifyURL  string
}

// Letter is the letter, with a copy to the OPDC.
func (d Delay) Letter() Letter {
	to := d.Citizen
	if to == "" {
		to = "ผู้ยื่นคำขอเลขที่ " + d.Number
	}
	say := func(text string) string {
		return words.Fill(text, "service", d.Service, "number", d.Number, "agency", d.Agency.Name, "received", day(d.ReceivedAt), "due", day(d.DueAt), "reason", d.Reason, "law", d.Law)
	}
	return Letter{
		Number: d.Number + "/" + strconv.Itoa(d.N), Agency: d.Agency, At: d.At, About: "แจ้งเหตุแห่งความล่าช้า ครั้งที่ " + strconv.Itoa(d.N), To: to,
		Refers: say("คำขอเลขที่ {number} เรื่อง {service}"),
		Body: []string{
			say("ตามที่ท่านได้ยื่นคำขอ “{service}” ซึ่ง{agency}ได้รับเมื่อวันที่ {received} และมีกำหนดพิจารณาให้แล้วเสร็จภายในวันที่ {due} นั้น"),
			say("{agency}ขอเรียนว่า ยังพิจารณาคำขอของท่านไม่แล้วเสร็จภายในกำหนดดังกล่าว โดยมีเหตุแห่งความล่าช้า คือ {reason}"),
			say("ระหว่างที่ยังพิจารณาไม่แล้วเสร็จ {agency}จะแจ้งเหตุแห่งความล่าช้าให้ท่านทราบทุก 7 วัน และส่งสำเนาการแจ้งให้สำนักงานคณะกรรมการพัฒนาระบบราชการ (สำนักงาน ก.พ.ร.) ทุกครั้ง ตาม {law}"),
			"จึงเรียนมาเพื่อโปรดทราบ และขออภัยในความไม่สะดวกมา ณ โอกาสนี้",
		},
		Officer: d.Officer, Copies: []string{"สำนักงาน ก.พ.ร."}, VerifyURL: d.VerifyURL,
	}
}

// PDF draws the letter.
func (d Delay) PDF() ([]byte, error) { return d.Letter().PDF() }
