package strict

// Templates, Flex Messages and rich menus as data.

func templateShapes() map[string]shape {
	style := map[string]rule{
		"imageAspectRatio": {kind: text, values: []string{"rectangle", "square"}},
		"imageSize":        {kind: text, values: []string{"cover", "contain"}},
	}
	title := rule{kind: text, max: 40, clusters: true}
	return map[string]shape{
		"buttons": {also: buttonsText, fields: map[string]rule{
			"type": anyText(), "thumbnailImageUrl": {kind: text, max: maxURL, form: httpsURL},
			"imageAspectRatio": style["imageAspectRatio"], "imageSize": style["imageSize"],
			"imageBackgroundColor": {kind: text, form: color}, "title": title,
			"text":          {kind: text, need: true, filled: true, max: 160, clusters: true},
			"defaultAction": {kind: union, of: "defaultAction"},
			"actions":       {kind: list, need: true, min: 1, max: 4, of: "templateAction"},
		}},
		"confirm": {fields: map[string]rule{
			"type": anyText(), "text": {kind: text, need: true, filled: true, max: 240, clusters: true},
			"actions": {kind: list, need: true, min: 2, max: 2, of: "templateAction"},
		}},
		"carousel": {also: evenColumns, fields: map[string]rule{
			"type": anyText(), "imageAspectRatio": style["imageAspectRatio"], "imageSize": style["imageSize"],
			"columns": {kind: list, need: true, min: 1, max: 10, of: "column"},
		}},
		"column": {also: columnText, fields: map[string]rule{
			"thumbnailImageUrl":    {kind: text, max: maxURL, form: httpsURL},
			"imageBackgroundColor": {kind: text, form: color}, "title": title,
			"text":          {kind: text, need: true, filled: true, max: 120, clusters: true},
			"defaultAction": {kind: union, of: "defaultAction"},
			"actions":       {kind: list, need: true, min: 1, max: 3, of: "templateAction"},
		}},
		"imageCarousel": {fields: map[string]rule{
			"type": anyText(), "columns": {kind: list, need: true, min: 1, max: 10, of: "imageColumn"},
		}},
		"imageColumn": {fields: map[string]rule{
			"imageUrl": media(), "action": {kind: union, need: true, of: "imageAction"},
		}},
	}
}

// Keywords of Flex (OpenAPI names them; the reference adds pixels and percentages).
func spaces() []string { return []string{"none", "xs", "sm", "md", "lg", "xl", "xxl"} }
func sizes() []string {
	return []string{"xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl"}
}

// placed adds what every component that has a place in its box may have.
func placed(fields map[string]rule) map[string]rule {
	fields["type"] = anyText()
	fields["margin"] = rule{kind: text, form: sized(false, spaces()...)}
	fields["position"] = rule{kind: text, values: []string{"relative", "absolute"}}
	for _, side := range []string{"offsetTop", "offsetBottom", "offsetStart", "offsetEnd"} {
		fields[side] = rule{kind: text, form: offset}
	}
	return fields
}

func flexShapes() map[string]shape {
	flexible := rule{kind: integer, min: 0, max: 1 << 20}
	hex := rule{kind: text, form: color}
	gravity := rule{kind: text, values: []string{"top", "bottom", "center"}}
	align := rule{kind: text, values: []string{"start", "end", "center"}}
	action := rule{kind: union, of: "flexAction"}
	weight := rule{kind: text, values: []string{"regular", "bold"}}
	style := rule{kind: text, values: []string{"normal", "italic"}}
	decoration := rule{kind: text, values: []string{"none", "underline", "line-through"}}
	fontSize := rule{kind: text, form: sized(false, sizes()...)}
	shrink := rule{kind: text, values: []string{"shrink-to-fit"}}
	ratio := rule{kind: text, form: aspectRatio}
	flag := rule{kind: boolean}
	measure := rule{kind: text, form: sized(true)}
	padding := rule{kind: text, form: sized(true, spaces()...)}
	boxOf := rule{kind: union, of: "box"}

	return map[string]shape{
		"bubble": {also: bubbleSize, fields: map[string]rule{
			"type": anyText(), "size": {kind: text, values: []string{"nano", "micro", "deca", "hecto", "kilo", "mega", "giga"}},
			"direction": {kind: text, values: []string{"ltr", "rtl"}},
			"header":    boxOf, "hero": {kind: union, of: "hero"}, "body": boxOf, "footer": boxOf,
			"styles": {kind: object, of: "bubbleStyles"}, "action": action,
		}},
		"bubbleStyles": {fields: map[string]rule{
			"header": {kind: object, of: "blockStyle"}, "hero": {kind: object, of: "blockStyle"},
			"body": {kind: object, of: "blockStyle"}, "footer": {kind: object, of: "blockStyle"},
		}},
		"blockStyle": {fields: map[string]rule{"backgroundColor": hex, "separator": flag, "separatorColor": hex}},
		"flexCarousel": {also: carouselSize, fields: map[string]rule{
			"type": anyText(), "contents": {kind: list, need: true, min: 1, max: 12, of: "bubble"},
		}},
		"box": {also: boxChildren, fields: placed(map[string]rule{
			"layout":   {kind: text, need: true, values: []string{"horizontal", "vertical", "baseline"}},
			"contents": {kind: list, need: true, of: "component"},
			"flex":     flexible, "spacing": {kind: text, form: sized(false, spaces()...)},
			"backgroundColor": hex, "borderColor": hex,
			"borderWidth":  {kind: text, form: sized(false, "none", "light", "normal", "medium", "semi-bold", "bold")},
			"cornerRadius": {kind: text, form: sized(false, spaces()...)},
			"width":        measure, "maxWidth": measure, "height": measure, "maxHeight": measure,
			"paddingAll": padding, "paddingTop": padding, "paddingBottom": padding, "paddingStart": padding, "paddingEnd": padding,
			"action":         action,
			"justifyContent": {kind: text, values: []string{"center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"}},
			"alignItems":     {kind: text, values: []string{"center", "flex-start", "flex-end"}},
			"background":     {kind: union, of: "background"},
		})},
		"gradient": {fields: map[string]rule{
			"type": anyText(), "angle": {kind: text, need: true, form: angle},
			"startColor":  {kind: text, need: true, filled: true, form: color},
			"endColor":    {kind: text, need: true, filled: true, form: color},
			"centerColor": hex, "centerPosition": {kind: text, form: percentage},
		}},
		"button": {fields: placed(map[string]rule{
			"action": {kind: union, need: true, of: "buttonAction"}, "flex": flexible, "color": hex,
			"style":   {kind: text, values: []string{"primary", "secondary", "link"}},
			"gravity": gravity, "height": {kind: text, values: []string{"md", "sm"}},
			"adjustMode": shrink, "scaling": flag,
		})},
		"flexImage": {fields: placed(map[string]rule{
			"url": media(), "flex": flexible, "align": align, "gravity": gravity,
			"size":        {kind: text, form: sized(true, append(sizes(), "full")...)},
			"aspectRatio": ratio, "aspectMode": {kind: text, values: []string{"fit", "cover"}},
			"backgroundColor": hex, "action": action, "animated": flag,
		})},
		"flexVideo": {fields: map[string]rule{
			"type": anyText(), "url": media(), "previewUrl": media(),
			"altContent":  {kind: union, need: true, of: "altContent"},
			"aspectRatio": ratio, "action": {kind: union, of: "buttonAction"},
		}},
		"icon": {fields: placed(map[string]rule{
			"url": media(), "size": {kind: text, form: sized(true, sizes()...)}, "aspectRatio": ratio, "scaling": flag,
		})},
		"flexText": {also: textOrSpans, fields: placed(map[string]rule{
			"text": anyText(), "contents": {kind: list, of: "span"}, "adjustMode": shrink, "flex": flexible,
			"size": fontSize, "align": align, "gravity": gravity, "wrap": flag,
			"lineSpacing": {kind: text, form: sized(false)}, "maxLines": {kind: integer, min: 0, max: 1 << 20},
			"weight": weight, "color": hex, "action": action, "style": style, "decoration": decoration, "scaling": flag,
		})},
		"span": {fields: map[string]rule{
			"type": anyText(), "text": anyText(), "size": fontSize, "color": hex,
			"weight": weight, "style": style, "decoration": decoration,
		}},
		"separator": {fields: map[string]rule{
			"type": anyText(), "margin": {kind: text, form: sized(false, spaces()...)}, "color": hex,
		}},
		"filler": {fields: map[string]rule{"type": anyText(), "flex": flexible}},
		"altUri": {fields: map[string]rule{"desktop": {kind: text, max: maxURI, form: actionURI}}},
	}
}

func menuShapes() map[string]shape {
	return map[string]shape{
		"richmenu": {also: menuAreas, fields: map[string]rule{
			"size":        {kind: object, need: true, of: "menuSize"},
			"selected":    {kind: boolean, need: true},
			"name":        {kind: text, need: true, filled: true, max: 300, clusters: true},
			"chatBarText": {kind: text, need: true, filled: true, max: 14, clusters: true},
			"areas":       {kind: list, need: true, max: 20, of: "menuArea"},
		}},
		"menuSize": {also: menuRatio, fields: map[string]rule{
			"width":  {kind: integer, need: true, min: 800, max: 2500},
			"height": {kind: integer, need: true, min: 250, max: 1 << 20},
		}},
		"menuArea": {fields: map[string]rule{
			"bounds": {kind: object, need: true, of: "area"},
			"action": {kind: union, need: true, of: "menuAction"},
		}},
	}
}
