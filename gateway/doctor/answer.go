package doctor

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgianswer"
)

// outcome is a run that is being judged.
type outcome struct {
	e        *examination
	run      *Run
	out, err []byte
	state    *os.ProcessState
	late     bool // the timeout ended it
	held     bool // something it started keeps its output open
	timeout  time.Duration
}

// judge finds the one reason why the answer is no good, or what else is odd.
func (o *outcome) judge() {
	good := o.readAnswer()
	failed := !o.state.Success()
	message := recognise(o.err)
	if message == nil && !good.ok {
		message = recognise(o.out)
	}
	switch {
	case o.late:
		o.lateFinding(message)
		return
	case message != nil && (!good.ok || failed):
		o.failedFinding(message, Fault)
		return
	case signalled(o.state) != "":
		o.e.find(Finding{
			Level: Fault, Cause: Killed, Evidence: o.run.Exit, Text: "The program was ended by a signal: " + signalled(o.state) + ".",
			Fix: "It is a fault of the program, or of a limit (memory, CPU time, file size) of the server's: RLimitMEM, RLimitCPU, systemd.",
		})
		return
	case !good.ok:
		o.e.find(good.finding)
		return
	case message != nil:
		o.failedFinding(message, Warning)
	case failed:
		o.e.find(Finding{
			Level: Warning, Cause: ExitStatus, Evidence: o.run.Exit,
			Text: "The program answers, but ends as if it had failed. Some servers write that into their log, lighttpd may drop the answer.",
			Fix:  "Let it end with status 0, or find out what fails.",
		})
	}
	o.oddities()
}

func (o *outcome) oddities() {
	if o.held {
		o.e.find(Finding{
			Level: Warning, Cause: OutputHeld, Evidence: "its output was still open " + lingering.String() + " after its end",
			Text: "The program has started another one that keeps its output open: the server waits for that one too.",
			Fix:  "Start it with its output and errors elsewhere: command >/dev/null 2>&1 </dev/null &",
		})
	}
	switch {
	case o.run.Status >= 500:
		o.e.find(Finding{
			Level: Warning, Cause: AnswersError, Evidence: fmt.Sprint("Status: ", o.run.Status),
			Text: "The program itself answers that it has failed.", Fix: "See what it writes: its answer, its errors, its own log.",
		})
	case o.run.ContentType == "" && o.run.Length > 0:
		o.e.find(Finding{
			Level: Warning, Cause: NoContentType, Text: "The answer has a body and no Content-Type (RFC 3875 §6.3.1): browsers guess, or offer to save it.",
			Fix: "Print it first: Content-Type: text/html; charset=utf-8",
		})
	}
}

type verdict struct {
	ok      bool
	finding Finding
}

// readAnswer reads the answer as this module's own server would.
func (o *outcome) readAnswer() verdict {
	r := bufio.NewReader(bytes.NewReader(o.out))
	head, err := cgianswer.ReadHead(r)
	for err == nil && head.Status < 200 {
		head, err = cgianswer.ReadHead(r)
	}
	if err == nil {
		rest, _ := io.ReadAll(r)
		o.run.Status, o.run.ContentType, o.run.Length = head.Status, head.Header.Get("Content-Type"), len(rest)
		return verdict{ok: true}
	}
	f := Finding{Level: Fault, Evidence: beginning(o.out)}
	var bad *cgianswer.Error
	switch {
	case len(o.out) == 0:
		f.Cause, f.Text = NoOutput, "The program writes nothing to its standard output, and so answers nothing."
		f.Evidence = o.run.Exit
		f.Fix = "Print a header field, an empty line, and the page. What is written to another file, or kept in a buffer when the process is ended, is no answer."
	case errors.Is(err, io.ErrUnexpectedEOF) && looksLikeHeader(o.out):
		f.Cause, f.Text = NoBlankLine, "There is no empty line after the header."
		f.Fix = `Print one: print("Content-Type: text/html\n") in Python prints the line and an empty one.`
	case errors.As(err, &bad) && strings.Contains(bad.Reason, "status"):
		f.Cause, f.Text, f.Evidence = InvalidStatus, "The answer's status is none: "+strconv.Quote(bad.Text)+".", beginning(o.out)
		f.Fix = "Print three digits from 200 on and a reason: Status: 404 Not Found. Without it, it is 200."
	case errors.As(err, &bad) && !strings.Contains(bad.Reason, "no header field"), errors.As(err, &bad) && strings.Contains(bad.Text, ":") && looksLikeHeader([]byte(bad.Text)):
		f.Cause, f.Text = InvalidHeader, "The answer's header is not good: "+bad.Error()+"."
		f.Fix = "Print one field in a line: a name, a colon, a value."
	case looksLikeHeader(o.out):
		f.Cause, f.Text = NoBlankLine, "There is no empty line between the header and the page."
		f.Fix = `Print one after the last field: print("Content-Type: text/html\n") in Python prints the line and an empty one.`
	default:
		f.Cause, f.Text = BodyFirst, "The program writes its page, or something else, before the header."
		f.Fix = "Print a field and an empty line first: Content-Type: text/html. Messages for yourself go to standard error."
		if len(o.err) == 0 && o.mixed() {
			f.Fix = "Print the header first, and flush before other programs are started (system, subprocess): their output overtakes what waits in a buffer."
		}
	}
	return verdict{finding: f}
}

// mixed reports whether there is a header after all, later.
func (o *outcome) mixed() bool {
	return bytes.Contains(bytes.ToLower(o.out), []byte("\ncontent-type:"))
}

// looksLikeHeader reports whether the first line is a header field.
func looksLikeHeader(out []byte) bool {
	line, _, _ := bytes.Cut(out, []byte("\n"))
	name, _, ok := bytes.Cut(line, []byte(":"))
	return ok && len(name) > 0 && !bytes.ContainsAny(name, " \t<>\"'(){}[],;/\\=?@")
}

// beginning is the first lines of an output.
func beginning(out []byte) string {
	var b strings.Builder
	n := 0
	for line := range bytes.Lines(out) {
		if n++; n > 5 {
			b.WriteString("…\n")
			break
		}
		s := strconv.Quote(string(line[:min(len(line), 100)]))
		b.WriteString(s[1:len(s)-1] + "\n")
	}
	return b.String()
}

func (o *outcome) lateFinding(m *message) {
	f := Finding{
		Level: Fault, Cause: TimedOut, Evidence: o.run.Exit,
		Text: fmt.Sprintf("The program does not end: it was killed after %v.", o.timeout),
		Fix:  "See what it waits for: a body (there is none for a GET), a lock, a network, a terminal. A server in a program is no CGI program.",
	}
	if len(o.out) > 0 {
		f.Evidence += "\nit had written:\n" + beginning(o.out)
	}
	if m != nil {
		f.Evidence += "\n" + m.text
	}
	o.e.find(f)
}

func (o *outcome) failedFinding(m *message, level Level) {
	text := "The program fails: " + m.text
	if level == Warning {
		text = "The program answers, but reports: " + m.text
	}
	f := Finding{Level: level, Cause: Failed, Text: text, Evidence: m.place(o.e.user), Fix: m.fix(o)}
	o.e.find(f)
}
