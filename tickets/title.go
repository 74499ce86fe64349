package tickets

// ServiceTitle is the name of the service that a ticket is about, in a language; Thai when there is no other.
func (d *Desk) ServiceTitle(t Ticket, lang string) string {
	if form, ok := d.forms.Version(t.FormKey, t.FormVersion); ok && lang != "th" {
		return form.Title.In(lang)
	}
	return t.Title
}
