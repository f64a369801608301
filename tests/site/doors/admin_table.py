"""Who gets what at the doors of the admin, of which most are made by a rule; see table.py."""

# Each model of the admin, and who may add, change and delete: whoever has the permission of that
# name (right), a superuser alone, or nobody; and `none` where there is no permission of that name.
# Viewing is always for those with the permission.
MODELS = """
accounts.user                    superuser  right      right
accounts.apitoken                nobody     nobody     right
accounts.invitation              right      nobody     right
accounts.auditevent              none       none       none
auth.group                       superuser  superuser  superuser
predictions.image                nobody     nobody     nobody
predictions.classifier           nobody     right      nobody
predictions.modelversion         nobody     nobody     right
predictions.rolechange           nobody     nobody     nobody
predictions.inference            nobody     nobody     nobody
predictions.prediction           nobody     nobody     right
webhooks.webhook                 nobody     nobody     right
review.decision                  nobody     none       none
feedback.feedback                nobody     nobody     right
"""

# Of the admin, too: pages behind a permission that is not their model's own, and what they answer.
BEHIND = """
/predictions/modelversion/<int:pk>/roles/<str:action>/ predictions.change_modelversion 200
/predictions/classifier/<int:pk>/rollback/             predictions.change_modelversion 200
/predictions/image/<int:pk>/thumbnail/<int:width>      predictions.view_image          200
"""

# django-rq's pages, and what those who may look get with GET, and those who may manage with POST.
QUEUES = """
/                                                        200 200
/stats.json/                                             200 200
/stats.json/<token>/                                     200 200
/metrics/                                                200 200
/queues/<int:queue_index>/                               200 200
/queues/<int:queue_index>/details/                       200 200
/queues/<int:queue_index>/finished/                      200 200
/queues/<int:queue_index>/failed/                        200 200
/queues/<int:queue_index>/failed/clear/                  200 302
/queues/<int:queue_index>/scheduled/                     200 200
/queues/<int:queue_index>/started/                       200 200
/queues/<int:queue_index>/deferred/                      200 200
/queues/<int:queue_index>/empty/                         200 302
/queues/<int:queue_index>/requeue-all/                   200 302
/queues/<int:queue_index>/<str:job_id>/                  200 200
/queues/<int:queue_index>/<str:job_id>/results/<str:result_id>/ 404 404
/queues/<int:queue_index>/<str:job_id>/delete/           200 302
/queues/<int:queue_index>/<str:job_id>/requeue/          200 302
/queues/<int:queue_index>/<str:job_id>/enqueue/          200 302
/queues/<int:queue_index>/<str:job_id>/stop/             405 302
/queues/confirm-action/<int:queue_index>/                302 302
/queues/actions/<int:queue_index>/                       302 302
/workers/<int:queue_index>/                              200 200
/workers/<int:queue_index>/<str:key>/                    200 200
/cron-schedulers/<int:connection_index>/<str:scheduler_name>/ 404 404
/cron-schedulers/<int:connection_index>/<str:scheduler_name>/jobs/<path:cron_job_name>/ 404 404
"""
