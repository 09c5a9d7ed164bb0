// Package e2e tests surcoat as its users meet it: the wiki's real binary in a real
// browser and with raw clients, and other frameworks' applications inside the stack.
//
// SURCOAT_SHOTS names a folder for screenshots of every page. SOAK=1 makes the tests
// that kill the wiki do so ten times as often. Without Chromium the browser's tests are
// skipped; where CI is set they fail instead.
package e2e
