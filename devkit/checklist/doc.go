// Package checklist holds the proof that the program behaves on LINE as it must: each of the 79
// behaviours of line.md section 10 is a test with its number in its name, here, beside the code in
// bot/line, or beside the simulator in devkit/line. The tests here run the whole product, from a
// signed webhook to the bubble in the citizen's chat, on a real database and a real object store,
// with the LINE simulator at both ends.
//
// TestRow79 and the faults of TestR1 to TestR16 also run longer, with -long: see CONTRIBUTING.md.
package checklist
