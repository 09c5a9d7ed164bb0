// Package doctor finds out why a web server's CGI program fails.
//
//	report, err := doctor.Examine(ctx, "/usr/lib/cgi-bin/app.py", doctor.Options{
//		User:   "www-data",
//		Config: "/etc/apache2/apache2.conf",
//	})
//	if err != nil {
//		return err
//	}
//	fmt.Print(report) // each finding with what was seen, and a "Fix:"
//
// [Examine] looks at a program as the server's user meets it: the folders on the way, modes and
// access control lists, the mount, the "#!" line and what it names, the loader and libraries of a
// binary, and what Apache's or lighttpd's configuration says of the file. Then it runs the program
// once, as that user, with an empty GET, and judges the answer: [Options.NoRun] leaves that out.
// [Probe] puts a program that is known to be good in the server's way, and says what the server did
// with it. [Diagnose] is for a handler whose program has just failed.
//
// Root can become the server's user, so that the kernel itself says what that user may do. Anybody
// else gets it for himself, and for others computed from modes and lists; [Report.Unchecked] says
// what was left out. All of it works on Linux. Other systems have no mounts, libraries, lists and
// security modules here, and on Windows nothing is asked about users.
//
// It does not examine what a program does with a certain request, nor FastCGI programs, and it
// changes nothing: commands are for a person to type.
package doctor
