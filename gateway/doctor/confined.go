package doctor

import (
	"github.com/surcoat/surcoat/gateway/doctor/internal/confinement"
)

// checkConfinement looks at the security modules.
func (e *examination) checkConfinement() {
	if confinement.Enforcing("/") {
		if label := selinuxLabel(e.file); label != "" && !confinement.MayBeScript(label) {
			e.find(Finding{
				Level: Warning, Cause: SELinuxLabel, Evidence: label,
				Text:    "SELinux is enforcing, and the file does not have the label of a CGI program.",
				Fix:     "Give it that (and for good: semanage fcontext -a -t httpd_sys_script_exec_t PATH). ausearch -m avc says what was denied.",
				Command: "chcon -t httpd_sys_script_exec_t " + quote(e.file),
			})
		}
	}
	for _, server := range []string{"apache2", "httpd", "lighttpd"} {
		if profile := confinement.Profile("/", server); profile != "" {
			e.find(Finding{
				Level: Note, Cause: AppArmorActive, Evidence: profile + " (enforce)",
				Text: "AppArmor confines the server. What its profile does not name, a program cannot run or read, whatever the modes say.",
				Fix:  "Look for denials, and have the profile allow what the program needs:", Command: "journalctl -k | grep apparmor=.DENIED",
			})
		}
	}
}
