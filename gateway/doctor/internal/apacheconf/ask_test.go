package apacheconf_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/doctor/internal/apacheconf"
)

// As Debian's, with everything in one folder.
const main = `
DefaultRuntimeDir ${APACHE_RUN_DIR}
User ${APACHE_RUN_USER}
IncludeOptional mods-enabled/*.load
<Directory />
	Options FollowSymLinks
	AllowOverride None
	Require all denied
</Directory>
<Directory /usr/share>
	Require all granted
</Directory>
<Directory /var/www/>
	Options Indexes FollowSymLinks
	AllowOverride None
	Require all granted
</Directory>
<FilesMatch "^\.ht">
	Require all denied
</FilesMatch>
DocumentRoot /var/www/html
IncludeOptional conf-enabled/*.conf
`

const (
	cgid = "LoadModule cgid_module modules/mod_cgid.so\nLoadModule alias_module x\n"

	serve = `
<IfModule mod_alias.c>
	<IfModule mod_cgi.c>
		Define ENABLE_USR_LIB_CGI_BIN
	</IfModule>
	<IfModule mod_cgid.c>
		Define ENABLE_USR_LIB_CGI_BIN
	</IfModule>
	<IfDefine ENABLE_USR_LIB_CGI_BIN>
		ScriptAlias /cgi-bin/ /usr/lib/cgi-bin/
		<Directory "/usr/lib/cgi-bin">
			AllowOverride None
			Options +ExecCGI -MultiViews +SymLinksIfOwnerMatch
			Require all granted
		</Directory>
	</IfDefine>
</IfModule>
`
)

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func ask(t *testing.T, file, modules, site string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "apache2.conf"), main)
	write(t, filepath.Join(dir, "envvars"), "unset HOME\nexport APACHE_RUN_USER=www-data\nexport APACHE_RUN_DIR=/var/run/apache2$SUFFIX\n")
	write(t, filepath.Join(dir, "mods-enabled/a.load"), modules)
	write(t, filepath.Join(dir, "conf-enabled/a.conf"), site)
	a, err := apacheconf.Ask(filepath.Join(dir, "apache2.conf"), file)
	if err != nil {
		t.Fatal(err)
	}
	if a.User != "www-data" {
		t.Errorf("the user is %q", a.User)
	}
	var words []string
	for _, p := range a.Problems {
		words = append(words, p.Cause)
		if p.Text == "" || p.Fix == "" || p.Evidence == "" {
			t.Errorf("a problem without text, fix or evidence: %+v", p)
		}
	}
	if len(words) == 0 {
		words = append(words, "run")
	}
	if a.Suexec != "" {
		words = append(words, "as "+a.Suexec)
	}
	if len(a.Unread) > 0 {
		words = append(words, "unread")
	}
	return strings.Join(words, " ")
}

func TestAsk(t *testing.T) {
	const www = "/var/www/html/a.py"
	in := func(rest string) string { return "<Directory /var/www/html>\n" + rest + "\n</Directory>\n" }
	for _, tt := range []struct{ file, modules, site, want string }{
		{"/usr/lib/cgi-bin/a.py", cgid, serve, "run"},
		{"/usr/lib/cgi-bin/sub/a.py", cgid, serve, "run"},
		{"/usr/lib/cgi-bin/a.py", strings.Replace(cgid, "cgid", "cgi", 2), serve, "run"},
		{"/usr/lib/cgi-bin/a.py", "LoadModule alias_module x\n", serve, "not-served"},
		{"/usr/lib/cgi-bin/a.py", "", "ScriptAlias /x /usr/lib/cgi-bin\n<Directory /usr/lib>\nRequire all granted\n</Directory>\n", "no-cgi-module"},
		{"/srv/app/app", cgid, "ScriptAlias \"/\" \"/srv/app/app/\"\n<Directory /srv/app>\nRequire all granted\n</Directory>\n", "run"},
		{"/srv/app/app", cgid, "ScriptAlias / /srv/app/app/\n", "access-rule"},
		{"/srv/a.py", cgid, serve, "not-served"},
		{www, cgid, serve, "not-told-cgi"},
		{www, cgid, "AddHandler cgi-script .py\n", "not-told-cgi"}, // no ExecCGI
		{www, cgid, "AddHandler cgi-script .py\n" + in("Options +ExecCGI"), "run"},
		{www, cgid, "AddHandler cgi-script .cgi .pl\n" + in("Options +ExecCGI"), "not-told-cgi"},
		{www, cgid, in("Options ExecCGI\nSetHandler cgi-script"), "run"},
		{www, cgid, in("Options +ExecCGI\nSetHandler cgi-script") + "<Files a.py>\nSetHandler None\n</Files>\n", "not-told-cgi"},
		{www, cgid, in("Options +ExecCGI\nAddHandler cgi-script py") + in("Options -ExecCGI"), "not-told-cgi"},
		{www, cgid, in("Options +ExecCGI\nAddHandler cgi-script py") + in("Options Indexes"), "not-told-cgi"},
		{www, cgid, in("Options All\nAddHandler cgi-script .py"), "run"},
		{www, cgid, "AddType application/x-httpd-cgi .py\n" + in("Options +ExecCGI"), "run"},
		{www, cgid, in("Options +ExecCGI\nAddHandler cgi-script .py\nRemoveHandler .py"), "not-told-cgi"},
		{www, "", "AddHandler cgi-script .py\n" + in("Options +ExecCGI"), "no-cgi-module"},
		{www, cgid, in("AddHandler mod_python .py"), "intercepted"},
		{www, cgid, in("SetHandler perl-script"), "intercepted"},
		{www, cgid, in("SetHandler wsgi-script"), "intercepted"},
		{www, cgid, "<FilesMatch \"\\.py$\">\nSetHandler application/x-httpd-php\n</FilesMatch>\n", "intercepted"},
		{www, cgid, "<FilesMatch \"\\.ph(ar|p)$\">\nSetHandler application/x-httpd-php\n</FilesMatch>\n", "not-told-cgi"},
		{www, cgid, "WSGIScriptAlias / /srv/wsgi.py\n", "intercepted"},
		{www, cgid, "WSGIScriptAlias /app /srv/wsgi.py\n", "not-told-cgi"},
		{"/usr/lib/cgi-bin/a.py", cgid, serve + "WSGIScriptAlias / /srv/wsgi.py\n", "run"},
		{"/usr/lib/cgi-bin/a.py", cgid, serve + "ProxyPass / http://127.0.0.1:8080/\n", "intercepted"},
		{"/usr/lib/cgi-bin/a.py", cgid, serve + "ProxyPass /cgi-bin !\nProxyPass / http://127.0.0.1:8080/\n", "run"},
		{"/usr/lib/cgi-bin/a.py", cgid, serve + "<Location /cgi-bin>\nSetHandler perl-script\n</Location>\n", "intercepted"},
		{www, cgid, in("Options +ExecCGI\nAddHandler cgi-script .py\nRequire all denied"), "access-rule"},
		{www, cgid, "<VirtualHost *:80>\n" + in("Options +ExecCGI\nAddHandler cgi-script .py") + "</VirtualHost>\n", "run"},
		{"/srv/v/a.py", cgid, "<VirtualHost *:80>\nDocumentRoot /srv/v\n<Directory /srv/v>\nRequire all granted\n</Directory>\n</VirtualHost>\n", "not-told-cgi"},
		{"/srv/v/a.py", cgid + "LoadModule suexec_module x\n", "<VirtualHost *:80>\nSuexecUserGroup ada ada\nScriptAlias /c /srv/v\n<Directory /srv/v>\nRequire all granted\n</Directory>\n</VirtualHost>\n", "run as ada"},
		{www, cgid, "<Directory \"/var/www/*\">\nOptions +ExecCGI\nAddHandler cgi-script .py\n</Directory>\n", "run"},
		{www, cgid, "<DirectoryMatch \"^/var/www/\">\nOptions +ExecCGI\nAddHandler cgi-script .py\n</DirectoryMatch>\n", "run"},
		{www, cgid, "<IfModule !mod_cgid.c>\n" + in("Options +ExecCGI\nAddHandler cgi-script .py") + "</IfModule>\n", "not-told-cgi"},
		{www, cgid, "Options \\\n  +ExecCGI\nAddHandler cgi-script \\\n .py\n" + "<Directory /var/www>\nOptions +ExecCGI\n</Directory>\n", "run"},
		{www, cgid, serve + "Include gone.conf\n", "not-told-cgi unread"},
	} {
		if got := ask(t, tt.file, tt.modules, tt.site); got != tt.want {
			t.Errorf("%s with %s: %s, want %s", tt.file, tt.site, got, tt.want)
		}
	}
}

// What stands in .htaccess counts as far as AllowOverride lets it, and is told where it does not.
func TestAskHtaccess(t *testing.T) {
	for _, tt := range []struct{ allow, htaccess, want, evidence string }{
		{"All", "Options +ExecCGI\nAddHandler cgi-script .py\n", "run", ""},
		{"FileInfo Options=ExecCGI", "Options +ExecCGI\nAddHandler cgi-script .py\n", "run", ""},
		{"None", "Options +ExecCGI\nAddHandler cgi-script .py\n", "not-told-cgi", ".htaccess:2: addhandler cgi-script .py (not read)"},
		{"FileInfo", "Options +ExecCGI\nAddHandler cgi-script .py\n", "not-told-cgi", ".htaccess:1: options +ExecCGI (not read)"},
		{"All", "Options -ExecCGI\n", "not-told-cgi", "options -ExecCGI"},
		{"All", "Require all denied\n", "not-told-cgi access-rule", "require all denied"},
		{"All", "<Files a.py>\nSetHandler cgi-script\n</Files>\n<Files b.py>\nSetHandler perl-script\n</Files>\nOptions ExecCGI\n", "run", ""},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "www", ".htaccess"), tt.htaccess)
		write(t, filepath.Join(dir, "c"), cgid+"DocumentRoot "+dir+"/www\n<Directory "+dir+"/www>\nAllowOverride "+tt.allow+"\n</Directory>\n")
		a, err := apacheconf.Ask(filepath.Join(dir, "c"), filepath.Join(dir, "www", "a.py"))
		if err != nil {
			t.Fatal(err)
		}
		got, evidence := "run", ""
		for i, p := range a.Problems {
			if i == 0 {
				got = ""
			}
			got = strings.TrimSpace(got + " " + p.Cause)
			evidence += p.Evidence + "\n"
		}
		if got != tt.want || tt.evidence != "" && !strings.Contains(evidence, tt.evidence) && got != "not-told-cgi" {
			t.Errorf("%s, %s: %s, %s; want %s, %s", tt.allow, tt.htaccess, got, evidence, tt.want, tt.evidence)
		}
	}
}

func FuzzAsk(f *testing.F) {
	f.Add(main+serve, "/usr/lib/cgi-bin/a.py")
	f.Add("<Directory>\n</Files>\n<\n>\n<Files ~ \"(\">\nOptions\nAddHandler\n\\\n", "/a.py")
	f.Add("Alias\nScriptAlias /\nWSGIScriptAlias\n${}${X\n'\"\n", "/a.py")
	f.Fuzz(func(t *testing.T, text, file string) {
		if strings.Contains(strings.ToLower(text), "include") || strings.Contains(file, "..") { // reads what it names
			return
		}
		path := filepath.Join(t.TempDir(), "c")
		write(t, path, text)
		if _, err := apacheconf.Ask(path, filepath.Clean("/nowhere/"+file)); err != nil {
			t.Error(err)
		}
	})
}
