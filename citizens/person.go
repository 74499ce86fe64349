package citizens

// Person is who fills in a form on a page: a citizen who is signed in, or whoever sits at a browser.
type Person struct {
	Citizen CitizenID // 0: nobody is signed in
	Browser string    // hash of the cookie by which a browser is known again that nobody is signed in with
	Lang    string    // of what is said to them
}
