"""django-rq's pages in the admin need a permission: one to view queues, one to manage them."""

from uuid import uuid4

import pytest
from rq.job import Job, JobStatus

from predictions.queueing.queue import get_queue

pytestmark = pytest.mark.django_db
QUEUES = "/admin/django_rq/dashboard/"
LOOK, MANAGE = "django_rq.admin", "predictions.manage_queues"


@pytest.fixture
def job():
    """One that failed, so that no worker takes it."""
    queue = get_queue("bulk")
    job = Job.create("time.sleep", [0], connection=queue.connection, serializer=queue.serializer)
    job.origin = queue.name
    job.set_status(JobStatus.FAILED)
    job.save()
    queue.failed_job_registry.add(job, ttl=60)
    return job


def exists(job):
    return Job.exists(job.id, connection=job.connection)


def test_staff_without_a_permission_see_no_queues_and_no_link(page_for, staff_with, job):
    browser = page_for(staff_with("predictions.view_inference"))
    assert QUEUES not in browser.get("/admin/").content.decode()
    for name in ("", "queues/0/failed/", f"queues/0/{job.id}/", "stats.json", "metrics"):
        assert browser.get(QUEUES + name).status_code == 403, name
    assert browser.post(f"{QUEUES}queues/0/{job.id}/delete/").status_code == 403
    assert exists(job)


def test_staff_who_may_view_queues_cannot_change_them(page_for, staff_with, job):
    browser = page_for(staff_with(LOOK))
    assert QUEUES in browser.get("/admin/").content.decode()
    for name in ("", "queues/0/failed/", f"queues/0/{job.id}/", "stats.json"):
        assert browser.get(QUEUES + name).status_code == 200, name
    acts = {"action": "delete", "job_ids": job.id}
    for name in (f"queues/0/{job.id}/delete/", "queues/0/failed/clear/", "queues/actions/0/"):
        assert browser.post(QUEUES + name, acts).status_code == 403, name
    assert exists(job)


@pytest.mark.parametrize("rights", [[MANAGE], [MANAGE, LOOK]])
def test_staff_who_may_manage_queues_see_and_change_them(page_for, staff_with, job, rights):
    browser = page_for(staff_with(*rights))
    assert QUEUES in browser.get("/admin/").content.decode()
    assert job.id in browser.get(f"{QUEUES}queues/0/failed/").content.decode()
    assert browser.post(f"{QUEUES}queues/0/{job.id}/delete/").status_code == 302
    assert not exists(job)


@pytest.mark.parametrize("name", ["stats.json", "stats.json/token", "metrics"])
def test_signed_out_visitors_are_sent_to_sign_in(client, name):
    assert client.get(QUEUES + name)["Location"].startswith("/admin/login/")


def test_a_job_that_is_gone_gets_404(page_for, staff):
    assert page_for(staff).get(f"{QUEUES}queues/0/{uuid4()}/").status_code == 404


@pytest.mark.parametrize("name", ["add/", "1/change/", "1/delete/", "1/history/"])
def test_pages_about_a_table_that_does_not_exist_get_404(page_for, staff, name):
    assert page_for(staff).get(QUEUES + name).status_code == 404
