"""A Django site in a file: the usual middleware, a template, no database."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.shortcuts import render
from django.urls import path

settings.configure(
    SECRET_KEY="of a measurement",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    INSTALLED_APPS=["django.contrib.sessions", "django.contrib.messages"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {
            "page.html": "<!doctype html><title>{{ title }}</title><ul>{% for row in rows %}<li>{{ row.name }}: {{ row.price|floatformat:2 }}{% endfor %}</ul>\n",
        })]},
    }],
)


def page(request):
    rows = [{"name": "thing <%d>" % i, "price": i * 1.5} for i in range(10)]
    return render(request, "page.html", {"title": "Things", "rows": rows})


urlpatterns = [path("", page)]
application = get_wsgi_application()
