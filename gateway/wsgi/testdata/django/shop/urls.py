from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.urls import path, re_path

from documents.models import Document


def home(request):
    return HttpResponse("at %s of %s\n" % (request.path, request.build_absolute_uri("/")))


def document(request, name):
    return FileResponse(Document.objects.get(name=name).file.open())


def counted(request):
    return StreamingHttpResponse("%d\n" % i for i in range(1000))


def broken(request):
    raise RuntimeError("as it was meant to")


urlpatterns = [
    path("", home),
    path("admin/", admin.site.urls),
    path("document/<name>", document),
    path("counted", counted),
    path("broken", broken),
    re_path(r"^static/(?P<path>.*)$", serve, {"insecure": True}),
]
