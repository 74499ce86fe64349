// Package languages is where a language is added by its catalogue alone, and the whole product speaks it: its tests run in
// a process whose catalogues hold a made-up language, in which every text is the Thai with a mark before it.
package languages
