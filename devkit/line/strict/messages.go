package strict

import (
	"maps"
	"slices"
)

// The rules as data (section 2.11 of the LINE notes). A property that is not listed does not exist.

// unions maps a kind of object to what its type may be, and each type to a shape.
//
//nolint:gochecknoglobals // a table, never written to
var unions = map[string]map[string]string{
	"message": {
		"text": "text", "textV2": "textV2", "sticker": "sticker", "image": "image", "video": "video",
		"audio": "audio", "location": "location", "imagemap": "imagemap", "template": "template",
		"flex": "flex", "coupon": "coupon",
	},
	"quickItem":      {"action": "quickItem"},
	"substitution":   {"mention": "mention", "emoji": "emojiSubstitution"},
	"mentionee":      {"user": "mentionUser", "all": "mentionAll"},
	"template":       {"buttons": "buttons", "confirm": "confirm", "carousel": "carousel", "image_carousel": "imageCarousel"},
	"imagemapAction": {"message": "imagemapMessage", "uri": "imagemapURI", "clipboard": "imagemapClipboard"},

	"quickAction":    actionTypes("quick", "camera", "cameraRoll", "location"),
	"templateAction": actionTypes("template"),
	"imageAction":    actionTypes("imageColumn"),
	"defaultAction":  actionTypes("default"),
	"buttonAction":   actionTypes("button"),
	"flexAction":     actionTypes("flex"),
	"menuAction":     actionTypes("menu", "richmenuswitch"),

	"container": {"bubble": "bubble", "carousel": "flexCarousel"},
	"bubble":    {"bubble": "bubble"},
	"box":       {"box": "box"},
	"hero":      {"box": "box", "image": "flexImage", "video": "flexVideo"},
	"component": {
		"box": "box", "button": "button", "image": "flexImage", "video": "flexVideo", "icon": "icon",
		"text": "flexText", "span": "span", "separator": "separator", "filler": "filler",
	},
	"altContent": {"box": "box", "image": "flexImage"},
	"span":       {"span": "span"},
	"background": {"linearGradient": "gradient"},
}

// actionTypes lists the actions of one place; the shapes carry the place in their names.
func actionTypes(place string, more ...string) map[string]string {
	types := map[string]string{}
	for _, t := range []string{"postback", "message", "uri", "datetimepicker", "clipboard"} {
		types[t] = place + "." + t
	}
	for _, t := range more {
		types[t] = place + "." + t
	}
	return types
}

// Lengths that come up again and again.
const (
	maxText    = 5000
	maxAltText = 1500
	maxURL     = 2000
	maxURI     = 1000
	maxData    = 300
)

// shapes are the rules of every object.
//
//nolint:gochecknoglobals // a table, never written to
var shapes = merge(messageShapes(), templateShapes(), flexShapes(), menuShapes(),
	actionShapes("quick", rule{kind: text, need: true, filled: true, max: 20, clusters: true}),
	actionShapes("template", rule{kind: text, need: true, filled: true, max: 20, clusters: true}),
	actionShapes("imageColumn", rule{kind: text, max: 12, clusters: true}),
	actionShapes("default", rule{kind: text, max: 20, clusters: true}),
	actionShapes("button", rule{kind: text, need: true, filled: true, max: 40, clusters: true}),
	actionShapes("flex", rule{kind: text, max: 40, clusters: true}),
	actionShapes("menu", rule{kind: text, max: 20, clusters: true}),
)

// needed lists what each object must have, in order.
//
//nolint:gochecknoglobals // a table, never written to
var needed = required(shapes)

func required(shapes map[string]shape) map[string][]string {
	all := map[string][]string{}
	for name, s := range shapes {
		for field, r := range s.fields {
			if r.need {
				all[name] = append(all[name], field)
			}
		}
		slices.Sort(all[name])
	}
	return all
}

func merge(tables ...map[string]shape) map[string]shape {
	all := map[string]shape{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

// anyText is a text of any length.
func anyText() rule { return rule{kind: text} }

// needText is a required text of at most that many UTF-16 units.
func needText(most int) rule { return rule{kind: text, need: true, filled: true, max: most} }

// media is the required address of a medium.
func media() rule {
	return rule{kind: text, need: true, filled: true, max: maxURL, form: httpsURL}
}

// messageOf adds what every message may have.
func messageOf(fields map[string]rule) map[string]rule {
	fields["type"] = rule{kind: text, need: true}
	fields["quickReply"] = rule{kind: object, of: "quickReply"}
	fields["sender"] = rule{kind: object, of: "sender"}
	return fields
}

func messageShapes() map[string]shape {
	return map[string]shape{
		"quickReply": {fields: map[string]rule{"items": {kind: list, need: true, min: 1, max: 13, of: "quickItem"}}},
		"quickItem": {fields: map[string]rule{
			"type":     {kind: text, need: true, values: []string{"action"}},
			"imageUrl": {kind: text, max: maxURL, form: httpsURL},
			"action":   {kind: union, need: true, of: "quickAction"},
		}},
		"sender": {fields: map[string]rule{
			"name":    {kind: text, max: 20, form: senderName},
			"iconUrl": {kind: text, max: maxURL, form: httpsURL},
		}},
		"text": {also: textEmojis, fields: messageOf(map[string]rule{
			"text":       needText(maxText),
			"emojis":     {kind: list, max: 20, of: "emoji"},
			"quoteToken": anyText(),
		})},
		"emoji": {fields: map[string]rule{
			"index":     {kind: integer, need: true, min: 0, max: maxText},
			"productId": {kind: text, need: true, filled: true},
			"emojiId":   {kind: text, need: true, filled: true},
		}},
		"textV2": {also: textSubstitutions, fields: messageOf(map[string]rule{
			"text":         needText(maxText),
			"substitution": {kind: textMap, of: "substitution"},
			"quoteToken":   anyText(),
		})},
		"mention": {fields: map[string]rule{
			"type":      {kind: text, need: true},
			"mentionee": {kind: union, need: true, of: "mentionee"},
		}},
		"mentionUser": {fields: map[string]rule{
			"type":   {kind: text, need: true},
			"userId": {kind: text, need: true, filled: true},
		}},
		"mentionAll": {fields: map[string]rule{"type": {kind: text, need: true}}},
		"emojiSubstitution": {fields: map[string]rule{
			"type":      {kind: text, need: true},
			"productId": {kind: text, need: true, filled: true},
			"emojiId":   {kind: text, need: true, filled: true},
		}},
		"sticker": {fields: messageOf(map[string]rule{
			"packageId":  {kind: text, need: true, filled: true},
			"stickerId":  {kind: text, need: true, filled: true},
			"quoteToken": anyText(),
		})},
		"image": {fields: messageOf(map[string]rule{
			"originalContentUrl": media(),
			"previewImageUrl":    media(),
		})},
		"video": {fields: messageOf(map[string]rule{
			"originalContentUrl": media(),
			"previewImageUrl":    media(),
			"trackingId":         {kind: text, max: 100},
		})},
		"audio": {fields: messageOf(map[string]rule{
			"originalContentUrl": media(),
			"duration":           {kind: integer, need: true, min: 1, max: 24 * 60 * 60 * 1000},
		})},
		"location": {fields: messageOf(map[string]rule{
			"title":     needText(100),
			"address":   needText(100),
			"latitude":  {kind: number, need: true, min: -90, max: 90},
			"longitude": {kind: number, need: true, min: -180, max: 180},
		})},
		"coupon": {fields: messageOf(map[string]rule{
			"couponId":    {kind: text, need: true, filled: true},
			"deliveryTag": {kind: text, max: 30},
		})},
		"imagemap": {fields: messageOf(map[string]rule{
			"baseUrl":  media(),
			"altText":  needText(maxAltText),
			"baseSize": {kind: object, need: true, of: "baseSize"},
			"actions":  {kind: list, need: true, max: 50, of: "imagemapAction"},
			"video":    {kind: object, of: "imagemapVideo"},
		})},
		"baseSize": {also: imagemapWidth, fields: map[string]rule{
			"width":  {kind: integer, need: true},
			"height": {kind: integer, need: true, min: 1, max: 1 << 20},
		}},
		"imagemapMessage": {fields: map[string]rule{
			"type": anyText(), "label": {kind: text, max: 100}, "text": needText(400),
			"area": {kind: object, need: true, of: "area"},
		}},
		"imagemapURI": {fields: map[string]rule{
			"type": anyText(), "label": {kind: text, max: 100},
			"linkUri": {kind: text, need: true, filled: true, max: maxURI, form: actionURI},
			"area":    {kind: object, need: true, of: "area"},
		}},
		"imagemapClipboard": {fields: map[string]rule{
			"type": anyText(), "label": {kind: text, max: 100}, "clipboardText": needText(1000),
			"area": {kind: object, need: true, of: "area"},
		}},
		"area": {fields: map[string]rule{
			"x": {kind: integer, need: true, min: 0, max: 1 << 20}, "y": {kind: integer, need: true, min: 0, max: 1 << 20},
			"width": {kind: integer, need: true, min: 1, max: 1 << 20}, "height": {kind: integer, need: true, min: 1, max: 1 << 20},
		}},
		"imagemapVideo": {fields: map[string]rule{
			"originalContentUrl": media(),
			"previewImageUrl":    media(),
			"area":               {kind: object, need: true, of: "area"},
			"externalLink":       {kind: object, of: "externalLink"},
		}},
		"externalLink": {fields: map[string]rule{
			"linkUri": {kind: text, need: true, filled: true, max: maxURI, form: actionURI},
			"label":   needText(30),
		}},
		"template": {fields: messageOf(map[string]rule{
			"altText":  needText(maxAltText),
			"template": {kind: union, need: true, of: "template", inside: true},
		})},
		"flex": {fields: messageOf(map[string]rule{
			"altText":  needText(maxAltText),
			"contents": {kind: union, need: true, of: "container", inside: true},
		})},
	}
}

// actionShapes are the actions of one place; label is what the place asks of labels.
func actionShapes(place string, label rule) map[string]shape {
	tag := rule{kind: text, need: true}
	data := rule{kind: text, need: true, max: maxData}
	ownLabel := rule{kind: text, need: true, filled: true, max: 20, clusters: true}
	cluster300 := rule{kind: text, max: 300, clusters: true}
	all := map[string]shape{
		"postback": {also: postbackTexts, fields: map[string]rule{
			"label": label, "data": data, "displayText": cluster300, "text": cluster300,
			"inputOption": {kind: text, values: []string{"closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"}},
			"fillInText":  cluster300,
		}},
		"message": {fields: map[string]rule{
			"label": label, "text": {kind: text, need: true, filled: true, max: 300, clusters: true},
		}},
		"uri": {fields: map[string]rule{
			"label":  label,
			"uri":    {kind: text, need: true, filled: true, max: maxURI, form: actionURI},
			"altUri": {kind: object, of: "altUri"},
		}},
		"datetimepicker": {also: pickerRange, fields: map[string]rule{
			"label": label, "data": data,
			"mode":    {kind: text, need: true, values: []string{"date", "time", "datetime"}},
			"initial": anyText(), "max": anyText(), "min": anyText(),
		}},
		"clipboard": {fields: map[string]rule{
			"label": label, "clipboardText": {kind: text, need: true, filled: true, min: 1, max: 1000},
		}},
		"camera":     {fields: map[string]rule{"label": ownLabel}},
		"cameraRoll": {fields: map[string]rule{"label": ownLabel}},
		"location":   {fields: map[string]rule{"label": ownLabel}},
		"richmenuswitch": {fields: map[string]rule{
			"label": label, "data": data,
			"richMenuAliasId": {kind: text, need: true, filled: true, max: 32, form: aliasID},
		}},
	}
	named := map[string]shape{}
	for name, s := range all {
		s.fields["type"] = tag
		named[place+"."+name] = s
	}
	return named
}
