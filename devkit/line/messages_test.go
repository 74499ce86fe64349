package line_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"saphan/devkit/line"
	"saphan/devkit/line/strict"
)

// bubbleOf is a Flex message around the contents of a vertical body.
func bubbleOf(contents string) string {
	return `{"type":"flex","altText":"การ์ด","contents":{"type":"bubble","body":{"type":"box","layout":"vertical","contents":[` + contents + `]}}}`
}

// quickOf is a text with one quick reply.
func quickOf(action string) string {
	return `{"type":"text","text":"เลือก","quickReply":{"items":[{"type":"action","action":` + action + `}]}}`
}

// many repeats a JSON value n times with commas between.
func many(n int, v string) string { return strings.TrimSuffix(strings.Repeat(v+",", n), ",") }

const (
	okAction  = `{"type":"postback","label":"ตกลง","data":"v1|ok"}`
	okBubble  = `{"type":"bubble","body":{"type":"box","layout":"vertical","contents":[{"type":"text","text":"ก"}]}}`
	okColumn1 = `{"text":"ข้อความ","actions":[` + okAction + `]}`
	okColumn2 = `{"text":"ข้อความ","actions":[` + okAction + `,` + okAction + `]}`
)

// goodMessages are what LINE takes.
func goodMessages() map[string]string {
	return map[string]string{
		"text":             `{"type":"text","text":"สวัสดี 😀"}`,
		"text at limit":    `{"type":"text","text":"` + strings.Repeat("ก", 5000) + `"}`,
		"text with emoji":  `{"type":"text","text":"😀 $","emojis":[{"index":3,"productId":"5ac1bfd5040ab15980c9b435","emojiId":"001"}]}`,
		"nulls":            `{"type":"text","text":"ก","quickReply":null,"sender":null}`,
		"sender":           `{"type":"text","text":"ก","sender":{"name":"เทศบาลตัวอย่าง","iconUrl":"https://example.com/seal.png"}}`,
		"textV2":           `{"type":"textV2","text":"ดี {e} {{ก}}","substitution":{"e":{"type":"emoji","productId":"1","emojiId":"2"}}}`,
		"sticker":          `{"type":"sticker","packageId":"446","stickerId":"1988"}`,
		"image":            `{"type":"image","originalContentUrl":"https://example.com/a.jpg","previewImageUrl":"https://example.com/b.jpg"}`,
		"encoded url":      `{"type":"image","originalContentUrl":"https://example.com/%E0%B9%83%E0%B8%9A.jpg","previewImageUrl":"https://example.com/b.jpg"}`,
		"video":            `{"type":"video","originalContentUrl":"https://example.com/a.mp4","previewImageUrl":"https://example.com/b.jpg","trackingId":"t"}`,
		"audio":            `{"type":"audio","originalContentUrl":"https://example.com/a.m4a","duration":60000}`,
		"location":         `{"type":"location","title":"ศาลากลาง","address":"ถนนตัวอย่าง","latitude":13.7563,"longitude":100.5018}`,
		"imagemap":         `{"type":"imagemap","baseUrl":"https://example.com/map","altText":"แผนที่","baseSize":{"width":1040,"height":1040},"actions":[{"type":"uri","linkUri":"https://example.com/","area":{"x":0,"y":0,"width":520,"height":1040}},{"type":"message","text":"ก","area":{"x":520,"y":0,"width":520,"height":1040}}]}`,
		"buttons":          `{"type":"template","altText":"ก","template":{"type":"buttons","title":"หัวข้อ","text":"เลือก","actions":[` + many(4, okAction) + `]}}`,
		"confirm":          `{"type":"template","altText":"ก","template":{"type":"confirm","text":"แน่ใจไหม","actions":[` + many(2, okAction) + `]}}`,
		"carousel":         `{"type":"template","altText":"ก","template":{"type":"carousel","columns":[` + many(10, okColumn2) + `]}}`,
		"image carousel":   `{"type":"template","altText":"ก","template":{"type":"image_carousel","columns":[{"imageUrl":"https://example.com/a.jpg","action":{"type":"uri","uri":"https://example.com/"}}]}}`,
		"quick postback":   quickOf(okAction),
		"quick camera":     quickOf(`{"type":"camera","label":"ถ่ายรูป"}`),
		"quick roll":       quickOf(`{"type":"cameraRoll","label":"เลือกรูป"}`),
		"quick location":   quickOf(`{"type":"location","label":"ส่งตำแหน่ง"}`),
		"quick date":       quickOf(`{"type":"datetimepicker","label":"เลือกวัน","data":"d","mode":"date","initial":"2026-11-21","min":"1900-01-01","max":"2100-12-31"}`),
		"quick clipboard":  quickOf(`{"type":"clipboard","label":"คัดลอก","clipboardText":"123"}`),
		"quick 13":         `{"type":"text","text":"ก","quickReply":{"items":[` + many(13, `{"type":"action","imageUrl":"https://example.com/i.png","action":`+okAction+`}`) + `]}}`,
		"bubble":           bubbleOf(`{"type":"text","text":"ก","wrap":true,"size":"sm","color":"#112233","weight":"bold","flex":0,"margin":"md"}`),
		"spans":            bubbleOf(`{"type":"text","contents":[{"type":"span","text":"ก","decoration":"underline"}]}`),
		"box in box":       bubbleOf(`{"type":"box","layout":"baseline","contents":[{"type":"icon","url":"https://example.com/i.png"},{"type":"text","text":"ก"},{"type":"filler"}],"spacing":"sm"}`),
		"measures":         bubbleOf(`{"type":"box","layout":"vertical","contents":[],"width":"50%","height":"10px","cornerRadius":"xxl","paddingAll":"5%","offsetTop":"-3px","borderWidth":"semi-bold","backgroundColor":"#11223344","background":{"type":"linearGradient","angle":"90deg","startColor":"#ff0000","endColor":"#00ff00"}}`),
		"separator":        bubbleOf(`{"type":"separator","margin":"lg","color":"#000000"}`),
		"flex button":      bubbleOf(`{"type":"button","style":"primary","height":"sm","action":{"type":"uri","label":"เปิด","uri":"https://example.com/?q=1","altUri":{"desktop":"https://example.com/"}}}`),
		"flex button tel":  bubbleOf(`{"type":"button","action":{"type":"uri","label":"โทร","uri":"tel:0212345678"}}`),
		"flex button http": bubbleOf(`{"type":"button","action":{"type":"uri","label":"เปิด","uri":"http://127.0.0.1:8080/p/1"}}`),
		"flex all blocks":  `{"type":"flex","altText":"ก","contents":{"type":"bubble","size":"giga","direction":"ltr","header":{"type":"box","layout":"vertical","contents":[]},"hero":{"type":"image","url":"https://example.com/a.jpg","size":"full","aspectRatio":"20:13","aspectMode":"cover"},"body":{"type":"box","layout":"vertical","contents":[]},"footer":{"type":"box","layout":"horizontal","contents":[{"type":"filler","flex":1}]},"styles":{"footer":{"separator":true,"separatorColor":"#cccccc","backgroundColor":"#ffffff"}},"action":{"type":"message","text":"ก"}}}`,
		"flex video":       `{"type":"flex","altText":"ก","contents":{"type":"bubble","hero":{"type":"video","url":"https://example.com/a.mp4","previewUrl":"https://example.com/a.jpg","altContent":{"type":"image","url":"https://example.com/a.jpg"},"aspectRatio":"20:13"}}}`,
		"flex carousel":    `{"type":"flex","altText":"ก","contents":{"type":"carousel","contents":[` + many(12, okBubble) + `]}}`,
		"thai label":       quickOf(`{"type":"postback","label":"` + strings.Repeat("กี่", 20) + `","data":"x"}`),
		"coupon":           `{"type":"coupon","couponId":"01JYNW8JMQVFBNWF1APF8Z3FS7"}`,
	}
}

// badMessage is what LINE refuses; schema says that its specification forbids it too.
type badMessage struct {
	json   string
	schema bool
	// want is the answer: message, then "property: message" of each detail.
	want []string
}

const (
	oneError  = "The request body has 1 error(s)"
	badAt0    = "A message (messages[0]) in the request body is invalid"
	notURI    = "invalid uri"
	badScheme = "invalid uri scheme"
)

func badMessages() map[string]badMessage {
	types := "Must be one of the following values: [audio, coupon, flex, image, imagemap, location, sticker, template, text, textV2, video]"
	return map[string]badMessage{
		"unknown type":       {`{"type":"file","url":"https://example.com/a.pdf"}`, true, []string{oneError, "messages[0].type: " + types}},
		"no type":            {`{"text":"ก"}`, true, []string{oneError, "messages[0].type: May not be empty"}},
		"no text":            {`{"type":"text"}`, true, []string{oneError, "messages[0].text: May not be empty"}},
		"empty text":         {`{"type":"text","text":""}`, false, []string{oneError, "messages[0].text: May not be empty"}},
		"text 5001":          {`{"type":"text","text":"` + strings.Repeat("a", 5001) + `"}`, false, []string{oneError, "messages[0].text: Length must be between 0 and 5000"}},
		"emoji counts two":   {`{"type":"text","text":"` + strings.Repeat("😀", 2501) + `"}`, false, []string{oneError, "messages[0].text: Length must be between 0 and 5000"}},
		"number as text":     {`{"type":"text","text":5}`, true, []string{"The property, 'messages[0].text', in the request body is invalid (line: -, column: -)"}},
		"unknown field":      {`{"type":"text","text":"ก","textt":"ก"}`, true, []string{oneError, "messages[0].textt: unknown field"}},
		"emoji off":          {`{"type":"text","text":"ก $","emojis":[{"index":0,"productId":"1","emojiId":"2"}]}`, false, []string{oneError, "messages[0].emojis[0].index: Must be the position of a $ in the text"}},
		"sender long":        {`{"type":"text","text":"ก","sender":{"name":"` + strings.Repeat("ก", 21) + `"}}`, true, []string{oneError, "messages[0].sender.name: Length must be between 0 and 20"}},
		"sender LINE":        {`{"type":"text","text":"ก","sender":{"name":"LINE official"}}`, false, []string{oneError, "messages[0].sender.name: Certain words may not be used"}},
		"http image":         {`{"type":"image","originalContentUrl":"http://example.com/a.jpg","previewImageUrl":"https://example.com/b.jpg"}`, false, []string{oneError, "messages[0].originalContentUrl: " + badScheme}},
		"thai url":           {`{"type":"image","originalContentUrl":"https://example.com/ใบ.jpg","previewImageUrl":"https://example.com/b.jpg"}`, false, []string{oneError, "messages[0].originalContentUrl: " + notURI}},
		"image without both": {`{"type":"image","originalContentUrl":"https://example.com/a.jpg"}`, true, []string{oneError, "messages[0].previewImageUrl: May not be empty"}},
		"location off":       {`{"type":"location","title":"ก","address":"ก","latitude":91,"longitude":0}`, false, []string{oneError, "messages[0].latitude: Must be between -90 and 90"}},
		"braces":             {`{"type":"textV2","text":"{a"}`, false, []string{oneError, "messages[0].text: Braces must be paired"}},
		"no substitution":    {`{"type":"textV2","text":"{a}"}`, false, []string{oneError, "messages[0].text: No substitution for {a}"}},
		"imagemap width":     {`{"type":"imagemap","baseUrl":"https://example.com/m","altText":"ก","baseSize":{"width":700,"height":700},"actions":[]}`, false, []string{oneError, "messages[0].baseSize.width: Must be 1040"}},
		"alt text":           {`{"type":"flex","altText":"` + strings.Repeat("ก", 1501) + `","contents":` + okBubble + `}`, false, []string{oneError, "messages[0].altText: Length must be between 0 and 1500"}},
		"no alt text":        {`{"type":"flex","contents":` + okBubble + `}`, true, []string{oneError, "messages[0].altText: May not be empty"}},

		"quick 14":           {`{"type":"text","text":"ก","quickReply":{"items":[` + many(14, `{"type":"action","action":`+okAction+`}`) + `]}}`, true, []string{oneError, "messages[0].quickReply.items: Size must be between 1 and 13"}},
		"quick without type": {`{"type":"text","text":"ก","quickReply":{"items":[{"action":` + okAction + `}]}}`, false, []string{oneError, "messages[0].quickReply.items[0].type: May not be empty"}},
		"quick no label":     {quickOf(`{"type":"postback","data":"x"}`), false, []string{oneError, "messages[0].quickReply.items[0].action.label: May not be empty"}},
		"label 21 clusters":  {quickOf(`{"type":"postback","label":"` + strings.Repeat("กี่", 21) + `","data":"x"}`), false, []string{oneError, "messages[0].quickReply.items[0].action.label: Length must be between 0 and 20"}},
		"no data":            {quickOf(`{"type":"postback","label":"ก"}`), false, []string{oneError, "messages[0].quickReply.items[0].action.data: May not be empty"}},
		"data 301":           {quickOf(`{"type":"postback","label":"ก","data":"` + strings.Repeat("x", 301) + `"}`), true, []string{oneError, "messages[0].quickReply.items[0].action.data: Length must be between 0 and 300"}},
		"menu switch":        {quickOf(`{"type":"richmenuswitch","label":"ก","data":"x","richMenuAliasId":"a"}`), false, []string{oneError, "messages[0].quickReply.items[0].action.type: Must be one of the following values: [camera, cameraRoll, clipboard, datetimepicker, location, message, postback, uri]"}},
		"unknown action":     {quickOf(`{"type":"call","label":"ก"}`), true, nil},
		"ftp":                {quickOf(`{"type":"uri","label":"ก","uri":"ftp://example.com/"}`), false, []string{oneError, "messages[0].quickReply.items[0].action.uri: " + badScheme}},
		"both texts":         {quickOf(`{"type":"postback","label":"ก","data":"x","text":"ก","displayText":"ก"}`), false, nil},
		"picker mode":        {quickOf(`{"type":"datetimepicker","label":"ก","data":"x","mode":"month"}`), true, nil},
		"picker form":        {quickOf(`{"type":"datetimepicker","label":"ก","data":"x","mode":"date","initial":"21/11/2026"}`), false, nil},
		"picker order":       {quickOf(`{"type":"datetimepicker","label":"ก","data":"x","mode":"date","min":"2026-11-22","max":"2026-11-21"}`), false, nil},
		"empty clipboard":    {quickOf(`{"type":"clipboard","label":"ก","clipboardText":""}`), true, nil},

		"uneven carousel":  {`{"type":"template","altText":"ก","template":{"type":"carousel","columns":[` + okColumn1 + `,` + okColumn2 + `]}}`, false, []string{badAt0, "/columns/1/actions: the number of actions must be the same in all columns"}},
		"titles in some":   {`{"type":"template","altText":"ก","template":{"type":"carousel","columns":[` + okColumn1 + `,{"title":"ก","text":"ก","actions":[` + okAction + `]}]}}`, false, nil},
		"11 columns":       {`{"type":"template","altText":"ก","template":{"type":"carousel","columns":[` + many(11, okColumn1) + `]}}`, false, nil},
		"buttons 5":        {`{"type":"template","altText":"ก","template":{"type":"buttons","text":"ก","actions":[` + many(5, okAction) + `]}}`, false, []string{badAt0, "/actions: size must be between 1 and 4"}},
		"buttons long":     {`{"type":"template","altText":"ก","template":{"type":"buttons","title":"ก","text":"` + strings.Repeat("ก", 61) + `","actions":[` + okAction + `]}}`, false, nil},
		"confirm 3":        {`{"type":"template","altText":"ก","template":{"type":"confirm","text":"ก","actions":[` + many(3, okAction) + `]}}`, false, nil},
		"camera in card":   {`{"type":"template","altText":"ก","template":{"type":"buttons","text":"ก","actions":[{"type":"camera","label":"ก"}]}}`, false, nil},
		"unknown template": {`{"type":"template","altText":"ก","template":{"type":"list","text":"ก"}}`, true, []string{badAt0, "/type: invalid property"}},

		"flex unknown field":   {bubbleOf(`{"type":"text","text":"ก","font":"x"}`), true, []string{badAt0, "/body/contents/0/font: unknown field"}},
		"flex style type":      {`{"type":"flex","altText":"ก","contents":{"type":"bubble","styles":{"type":"x"}}}`, false, []string{badAt0, "/styles/type: unknown field"}},
		"spacer":               {bubbleOf(`{"type":"spacer","size":"md"}`), true, []string{badAt0, "/body/contents/0/type: invalid property"}},
		"no component type":    {bubbleOf(`{"type":"text","text":"ก"},{"text":"ก"}`), true, []string{badAt0, "/body/contents/1: invalid property"}},
		"sdk unknown":          {bubbleOf(`{"FlexComponentInterface":null,"Type":"spacer","Raw":{"type":"spacer"}}`), true, []string{badAt0, "/body/contents/0: invalid property"}},
		"no container type":    {`{"type":"flex","altText":"ก","contents":{"body":{"type":"box","layout":"vertical","contents":[]}}}`, true, []string{badAt0, "/: invalid property"}},
		"flex http image":      {`{"type":"flex","altText":"ก","contents":{"type":"bubble","hero":{"type":"image","url":"http://example.com/a.jpg"}}}`, false, []string{badAt0, "/hero/url: invalid uri scheme"}},
		"flex no url":          {`{"type":"flex","altText":"ก","contents":{"type":"bubble","hero":{"type":"image"}}}`, true, []string{badAt0, "/hero/url: must be specified"}},
		"13 bubbles":           {`{"type":"flex","altText":"ก","contents":{"type":"carousel","contents":[` + many(13, okBubble) + `]}}`, false, []string{badAt0, "/contents: size must be between 1 and 12"}},
		"mixed sizes":          {`{"type":"flex","altText":"ก","contents":{"type":"carousel","contents":[` + okBubble + `,{"type":"bubble","size":"kilo"}]}}`, false, []string{badAt0, "/contents/1/size: invalid property"}},
		"icon in vertical":     {bubbleOf(`{"type":"icon","url":"https://example.com/i.png"}`), false, []string{badAt0, "/body/contents/0: invalid property"}},
		"button in baseline":   {bubbleOf(`{"type":"box","layout":"baseline","contents":[{"type":"button","action":` + okAction + `}]}`), false, nil},
		"text without text":    {bubbleOf(`{"type":"text"}`), false, []string{badAt0, "/body/contents/0/text: must be specified"}},
		"flex empty text":      {bubbleOf(`{"type":"text","text":""}`), false, []string{badAt0, "/body/contents/0/text: must be non-empty text"}},
		"button without label": {bubbleOf(`{"type":"button","action":{"type":"postback","data":"x"}}`), false, nil},
		"button label 41":      {bubbleOf(`{"type":"button","action":{"type":"postback","label":"` + strings.Repeat("ก", 41) + `","data":"x"}}`), false, nil},
		"bad layout":           {bubbleOf(`{"type":"box","layout":"grid","contents":[]}`), true, nil},
		"bad colour":           {bubbleOf(`{"type":"text","text":"ก","color":"red"}`), false, nil},
		"bad margin":           {bubbleOf(`{"type":"text","text":"ก","margin":"5em"}`), false, nil},
		"bad ratio":            {`{"type":"flex","altText":"ก","contents":{"type":"bubble","hero":{"type":"image","url":"https://example.com/a.jpg","aspectRatio":"1:4"}}}`, false, nil},
		"bad weight":           {bubbleOf(`{"type":"text","text":"ก","weight":"heavy"}`), true, nil},
		"flex as text":         {bubbleOf(`{"type":"text","text":"ก","flex":"1"}`), true, nil},
		"video in body":        {bubbleOf(`{"type":"video","url":"https://example.com/a.mp4","previewUrl":"https://example.com/a.jpg","altContent":{"type":"image","url":"https://example.com/a.jpg"}}`), false, nil},
		"sdk value":            {`{"type":"flex","altText":"ก","contents":{"type":""}}`, true, []string{badAt0, "/type: invalid property"}},
		"bubble 30 KB":         {bubbleOf(`{"type":"text","text":"` + strings.Repeat("ก", 10<<10) + `"}`), false, nil},
		"carousel 50 KB":       {`{"type":"flex","altText":"ก","contents":{"type":"carousel","contents":[` + many(2, `{"type":"bubble","body":{"type":"box","layout":"vertical","contents":[{"type":"text","text":"`+strings.Repeat("a", 26<<10)+`"}]}}`) + `]}}`, false, nil},
	}
}

func TestCheckAcceptsGoodMessages(t *testing.T) {
	t.Parallel()
	for name, m := range goodMessages() {
		if err := line.Check([]json.RawMessage{json.RawMessage(m)}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Rows 62 to 65 and section 6.3: what LINE refuses and how.
func TestCheckRefusesBadMessages(t *testing.T) {
	t.Parallel()
	for name, bad := range badMessages() {
		err := line.Check([]json.RawMessage{json.RawMessage(bad.json)})
		refusal, is := line.IsRefusal(err)
		if !is {
			t.Errorf("%s: got %v, want a refusal", name, err)
			continue
		}
		if bad.want == nil {
			continue
		}
		got := []string{refusal.Message}
		for _, d := range refusal.Details {
			got = append(got, d.Property+": "+d.Message)
		}
		if strings.Join(got, "\n") != strings.Join(bad.want, "\n") {
			t.Errorf("%s: got\n  %s\nwant\n  %s", name, strings.Join(got, "\n  "), strings.Join(bad.want, "\n  "))
		}
	}
}

// Section 2.6: the second message is named, and all that is wrong with it.
func TestCheckNamesTheMessage(t *testing.T) {
	t.Parallel()
	err := line.Check([]json.RawMessage{
		json.RawMessage(`{"type":"text","text":"ก"}`),
		json.RawMessage(bubbleOf(`{"type":"spacer"},{"type":"text","text":""}`)),
	})
	refusal, is := line.IsRefusal(err)
	if !is || refusal.Message != "A message (messages[1]) in the request body is invalid" || len(refusal.Details) != 2 {
		t.Errorf("got %v", err)
	}
}

// What is our guess can be switched off, and only that.
func TestGuessesCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	for guess, m := range map[strict.Guess]string{
		strict.GuessOuterFields:   `{"type":"text","text":"ก","extra":1}`,
		strict.GuessSenderWord:    `{"type":"text","text":"ก","sender":{"name":"LINE"}}`,
		strict.GuessEmptyTexts:    bubbleOf(`{"type":"text","text":""}`),
		strict.GuessColors:        bubbleOf(`{"type":"text","text":"ก","color":"red"}`),
		strict.GuessSizes:         bubbleOf(`{"type":"text","text":"ก","margin":"5em"}`),
		strict.GuessEncodedURLs:   `{"type":"image","originalContentUrl":"https://example.com/ใบ.jpg","previewImageUrl":"https://example.com/b.jpg"}`,
		strict.GuessEmptyCarousel: `{"type":"flex","altText":"ก","contents":{"type":"carousel","contents":[]}}`,
	} {
		list := []json.RawMessage{json.RawMessage(m)}
		if err := strict.Messages(list, strict.Options{}); err == nil {
			t.Errorf("%s: accepted while on", guess)
		}
		if err := strict.Messages(list, strict.Options{Off: []strict.Guess{guess}}); err != nil {
			t.Errorf("%s: refused while off: %v", guess, err)
		}
	}
	loopback := []json.RawMessage{json.RawMessage(`{"type":"image","originalContentUrl":"http://127.0.0.1:8080/a.jpg","previewImageUrl":"http://localhost/b.jpg"}`)}
	if err := strict.Messages(loopback, strict.Options{LoopbackHTTP: true}); err != nil {
		t.Errorf("loopback images: %v", err)
	}
	if err := strict.Messages(loopback, strict.Options{}); err == nil {
		t.Error("loopback images accepted without the switch")
	}
}

// Nulls count as absent and nothing else changes (section 6.4).
func TestDropNulls(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"a":null,"b":1.50,"c":[null,{"d":null}],"e":"<&>"}`: `{"b":1.50,"c":[null,{}],"e":"<&>"}`,
		`[1, 2, null]`: `[1,2,null]`,
		`{"a": "b"}`:   `{"a": "b"}`,
		`null`:         `null`,
	} {
		got, _, err := strict.DropNulls([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("DropNulls(%s) = %s, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{``, `{`, `{"a":}`, `[1,]`, `{} {}`, `nul`, `{"a" 1}`} {
		if got, _, err := strict.DropNulls([]byte(in)); err == nil {
			t.Errorf("DropNulls(%s) = %s, want an error", in, got)
		}
	}
}

// FuzzCheck: whatever a bot sends, the check answers.
func FuzzCheck(f *testing.F) {
	for _, m := range goodMessages() {
		f.Add(m)
	}
	for _, m := range badMessages() {
		f.Add(m.json)
	}
	f.Fuzz(func(t *testing.T, m string) {
		err := line.Check([]json.RawMessage{json.RawMessage(m)})
		if _, is := line.IsRefusal(err); err != nil && !is {
			t.Errorf("Check(%s): %v is no refusal", m, err)
		}
		if err := strict.RichMenu(json.RawMessage(m), strict.Options{}); err != nil && fmt.Sprint(err) == "" {
			t.Error("a refusal without words")
		}
	})
}
