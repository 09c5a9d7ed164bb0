#!/bin/sh
# A CGI program of 1995: the header, an empty line, the page.
echo 'Content-Type: text/html; charset=utf-8'
echo
cat <<PAGE
<!doctype html><html lang="en"><title>A shell script</title><link rel="stylesheet" href="/style.css">
<h1>A shell script</h1>
<p>It has the process number $$ and will not live to see another request.</p>
<table>
$(env | sort | sed 's/&/\&amp;/g; s/</\&lt;/g; s|^\([^=]*\)=\(.*\)$|<tr><th>\1<td>\2|')
</table>
<p><a href="/">Back</a></p></html>
PAGE
