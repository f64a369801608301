"""Who gets what at every door: the table that a new route needs a row in.

A cell is the status that a role gets, with a star where the answer shows what is the person's:
their name, words, files or pictures. Requests come with an empty body, so a 400 (or the page with
the form again, 200) means: let in. `-` is no role of its own at this door.
"""

# Nobody; who owns it; another person; the owner's API token; staff without permissions, and with
# the one that the row names; a superuser.
ROLES = ("anonymous", "person", "stranger", "token", "staff", "right", "superuser")

TABLE = """
# The API: nothing without a token, and nothing of anybody else's but for staff with the right.
GET    /model                               -                    401 200  200  200  200  -    200
GET    /model/labels                        -                    401 200  200  200  200  -    200
GET    /models                              -                    401 200* 200  200* 200  -    200*
GET    /models/<slug:name>                  -                    401 200  200  200  200  -    200
POST   /models                              -                    401 400  400  400  400  -    400
PATCH  /models/<slug:name> predictions.change_classifier       401 403 403 403 403 400 400
DELETE /models/<slug:name> predictions.delete_classifier       401 403 403 403 403 409 409
GET    /models/<slug:name>/shares predictions.view_classifier    401 200* 404 200* 404 200* 200*
POST   /models/<slug:name>/shares predictions.change_classifier  401 400 404 400 404 400 400
DELETE /models/<slug:name>/shares predictions.change_classifier  401 204 404 204 404 204 204
GET    /models/<slug:name>/versions         -                    401 200  200  200  200  -    200
GET    /models/<slug:name>/labels           -                    401 200  200  200  200  -    200
GET    /models/<slug:name>/roles predictions.view_modelversion         401 403 403 403 403 200 200
POST   /models/<slug:name>/roles predictions.change_modelversion       401 403 403 403 403 400 400
GET    /models/<slug:name>/roles/history predictions.view_modelversion 401 403 403 403 403 200 200
POST   /model/predict                       -                    401 400  400  400  400  -    400
GET    /model/predictions                   -                    401 200* 200  200* 200  -    200
POST   /model/predictions                   -                    401 400  400  400  400  -    400
GET    /model/predictions/<id:pk>           -                    401 200* 404  200* 404  -    404
DELETE /model/predictions/<id:pk>           -                    401 204  404  204  404  -    404
GET    /model/predictions/<id:pk>/image     -                    401 200* 404  200* 404  -    404
GET    /model/predictions/<id:pk>/similar   -                    401 200  404  200  404  -    404
POST   /model/predictions/<id:pk>/feedback  -                    401 400  404  400  404  -    404
GET    /model/bulk/<id:pk>                  -                    401 200* 404  200* 404  -    404
GET    /webhooks                            -                    401 200* 200  200* 200  -    200
POST   /webhooks                            -                    401 400  400  400  400  -    400
GET    /webhooks/<id:pk>                    -                    401 200* 404  200* 404  -    404
DELETE /webhooks/<id:pk>                    -                    401 204  404  204  404  -    404
POST   /webhooks/<id:pk>/test               -                    401 202  404  202  404  -    404
GET    /webhooks/<id:pk>/deliveries         -                    401 200* 404  200* 404  -    404
POST   /models/<slug:name>/comparisons predictions.change_modelversion 401 403 403 403 403 400 400
GET    /comparisons/<id:pk>   predictions.view_modelversion 401 403  403  403  403  200  200
GET    /feedback                            feedback.view_feedback 401 200* 200 200* 200 200* 200*
POST   /feedback                            -                    401 400  400  400  400  -    400
POST   /login                               -                    400 400  400  400  400  -    400
POST   /login/refresh                       -                    400 400  400  400  400  -    400
POST   /logout                              -                    401 204  204  403  204  -    204
POST   /users                               -                    400 400  400  400  400  -    400
GET    /users                               accounts.view_user   401 403  403  403  403  200* 200*
GET    /users/me                            -                    401 200* 200  200* 200  -    200
GET    /users/<int:pk>                      accounts.view_user   401 200* 404  200* 404  200* 200*
PATCH  /users/<int:pk>                      accounts.change_user 401 200* 404  200* 404  200* 200*
DELETE /users/<int:pk>                      accounts.delete_user 401 400  404  403  404  204  204
POST   /user                                -                    400 400  400  400  400  -    400
GET    /user                                accounts.view_user   401 403  403  403  403  200* 200*
GET    /user/me                             -                    401 200* 200  200* 200  -    200
GET    /user/<int:pk>                       accounts.view_user   401 200* 404  200* 404  200* 200*
PATCH  /user/<int:pk>                       accounts.change_user 401 200* 404  200* 404  200* 200*
DELETE /user/<int:pk>                       accounts.delete_user 401 400  404  403  404  204  204

# For everybody. (No worker is alive, so /health says so.)
GET    /health                              -                    503 503  503  503  503  -    503
GET    /health/live                         -                    200 200  200  200  200  -    200
GET    /metrics                             -                    200 200  200  200  200  -    200
GET    /schema                              -                    200 200  200  200  200  -    200
GET    /docs                                -                    200 200  200  200  200  -    200
GET    /redoc                               -                    200 200  200  200  200  -    200
GET    /favicon.ico                         -                    302 302  302  302  302  -    302
GET    /manifest.webmanifest                -                    200 200  200  200  200  -    200
GET    /share/worker.js                     -                    200 200  200  200  200  -    200
GET    /share/pictures                      -                    302 302  302  302  302  -    302
POST   /share/pictures                      -                    302 302  302  302  302  -    302

# Pages: a session opens them, an API token does not; staff see nobody else's history.
GET    /                                    -                    200 200* 200  200  200  -    200
POST   /                                    -                    302 400* 400  302  400  -    400
GET    /example                             -                    302 302  302  302  302  -    302
POST   /example                             -                    302 302  302  302  302  -    302
GET    /history                             -                    302 200* 200  302  200  -    200
GET    /history/cards                       -                    403 200  200  403  200  -    200
POST   /history/cards                       -                    403 400  400  403  400  -    400
GET    /history/labels                      -                    403 200  200  403  200  -    200
GET    /history/tiles                       -                    302 200  200  302  200  -    200
GET    /history/export.csv                  -                    302 200* 200  302  200  -    200
GET    /history/export.json                 -                    302 200* 200  302  200  -    200
POST   /history/export.csv                  -                    302 404  404  302  404  -    404
POST   /history/export.json                 -                    302 404  404  302  404  -    404
GET    /history/feedback                    -                    302 302  302  302  302  -    302
POST   /history/feedback                    -                    302 404  404  302  404  -    404
GET    /history/delete                      -                    302 302  302  302  302  -    302
POST   /history/delete                      -                    302 302  302  302  302  -    302
GET    /history/trash                       -                    302 200  200  302  200  -    200
POST   /history/trash                       -                    302 302  302  302  302  -    302
GET    /history/trash/<id:pk>/thumbnail/<int:width> -            302 404  404  302  404  -    404
GET    /history/<id:pk>                     -                    302 200* 404  302  404  -    404
GET    /history/<id:pk>/again               -                    302 302  302  302  302  -    302
POST   /history/<id:pk>/again               -                    302 302  404  302  404  -    404
GET    /history/<id:pk>/consent             -                    302 302  302  302  302  -    302
POST   /history/<id:pk>/consent             -                    302 302  404  302  404  -    404
GET    /history/<id:pk>/keep                -                    302 302  302  302  302  -    302
POST   /history/<id:pk>/keep                -                    302 302  404  302  404  -    404
GET    /history/<id:pk>/image               -                    302 200* 404  302  404  -    404
GET    /history/<id:pk>/thumbnail/<int:width> -                  302 200* 404  302  404  -    404
GET    /history/<id:pk>/feedback            -                    302 302  302  302  302  -    302
POST   /history/<id:pk>/feedback            -                    302 302  404  302  404  -    404

# Teaching; the rest is in TEACHING.
GET    /teach predictions.view_classifier                          302 200  200 302 200 200* 200*
POST   /teach predictions.view_classifier                          302 400  400 302 400 400* 400*
GET    /teach/<slug:name>/examples/<int:pk>/image -                302 200* 404 302 404 - 200*
GET    /teach/<slug:name>/examples/<int:pk>/thumbnail/<int:width> - 302 200* 404 302 404 - 200*
GET    /teach/<slug:name>/history -                                302 200* 404 302 404 - 200
POST   /teach/<slug:name>/history -                                302 302  404 302 404 - 302
GET    /teach/<slug:name>/trainings/<id:pk>/try/cards -            403 200 404 403 404 - 200
POST   /teach/<slug:name>/trainings/<id:pk>/try/cards -            403 400 404 403 404 - 400

# The models, for staff. (Forms need a reason, and a share, so they are shown again.)
GET  /staff/models                 predictions.view_modelversion   302 403 403 302 403 200 200*
GET  /staff/models/<slug:name>     predictions.view_modelversion   302 403 403 302 403 200 200
GET  /staff/models/<slug:name>/ensemble predictions.view_modelversion 302 403 403 302 403 302 302
POST /staff/models/<slug:name>/ensemble predictions.change_modelversion 302 403 403 302 403 302 302
GET  /staff/models/<slug:name>/threshold predictions.view_modelversion 302 403 403 302 403 302 302
POST /staff/models/<slug:name>/threshold predictions.change_classifier 302 403 403 302 403 302 302
GET  /staff/models/<slug:name>/rollback predictions.change_modelversion 302 403 403 302 403 200 200
POST /staff/models/<slug:name>/rollback predictions.change_modelversion 302 403 403 302 403 200 200
GET  /staff/versions/<int:pk>/<slug:act> predictions.change_modelversion 302 403 403 302 403 200 200
POST /staff/versions/<int:pk>/<slug:act> predictions.change_modelversion 302 403 403 302 403 200 200

# One's own account.
GET    /accounts                            -                    302 200* 200  302  200  -    200
GET    /accounts/profile                    -                    302 302  302  302  302  -    302
POST   /accounts/profile                    -                    302 302  302  302  302  -    302
GET    /accounts/email                      -                    302 302  302  302  302  -    302
POST   /accounts/email                      -                    302 200* 200  302  200  -    200
GET    /accounts/password                   -                    302 302  302  302  302  -    302
POST   /accounts/password                   -                    302 200* 200  302  200  -    200
GET    /accounts/tokens                     -                    302 302  302  302  302  -    302
POST   /accounts/tokens                     -                    302 200* 200  302  200  -    200
GET    /accounts/tokens/<int:pk>/revoke     -                    302 302  302  302  302  -    302
POST   /accounts/tokens/<int:pk>/revoke     -                    302 302  404  302  404  -    404
GET    /accounts/storage                    -                    302 200  200  302  200  -    200
GET    /accounts/webhooks                   -                    302 200* 200  302  200  -    200
POST   /accounts/webhooks                   -                    302 200* 200  302  200  -    200
PUT    /accounts/webhooks                   -                    302 200* 200  302  200  -    200
GET    /accounts/webhooks/<id:pk>/test      -                    302 302  302  302  302  -    302
POST   /accounts/webhooks/<id:pk>/test      -                    302 302  404  302  404  -    404
GET    /accounts/webhooks/<id:pk>/remove    -                    302 302  302  302  302  -    302
POST   /accounts/webhooks/<id:pk>/remove    -                    302 302  404  302  404  -    404
GET    /accounts/delete                     -                    302 200* 200  302  200  -    200
POST   /accounts/delete                     -                    302 200* 200  302  200  -    200
PUT    /accounts/delete                     -                    302 200* 200  302  200  -    200
GET    /accounts/export.zip                 -                    302 200  200  302  200  -    200
GET    /accounts/language                   -                    302 302  302  302  302  -    302
POST   /accounts/language                   -                    302 302  302  302  302  -    302
GET    /accounts/confirm                    -                    302 200* 200  302  200  -    200
POST   /accounts/confirm                    -                    302 200* 200  302  200  -    200
PUT    /accounts/confirm                    -                    302 200* 200  302  200  -    200
GET    /accounts/sessions/end               -                    302 302  302  302  302  -    302
POST   /accounts/sessions/end               -                    302 302  302  302  302  -    302
GET    /accounts/sessions/end-others        -                    302 302  302  302  302  -    302
POST   /accounts/sessions/end-others        -                    302 302  302  302  302  -    302
GET    /accounts/two-factor/app             -                    302 200  200  302  200  -    200
POST   /accounts/two-factor/app             -                    302 200  200  302  200  -    200
PUT    /accounts/two-factor/app             -                    302 200  200  302  200  -    200
GET    /accounts/two-factor/passkey         -                    302 200* 200  302  200  -    200
POST   /accounts/two-factor/passkey         -                    302 200* 200  302  200  -    200
PUT    /accounts/two-factor/passkey         -                    302 200* 200  302  200  -    200
GET    /accounts/two-factor/recovery-codes  -                    302 302  302  302  302  -    302
POST   /accounts/two-factor/recovery-codes  -                    302 200  302  302  302  -    302
GET    /accounts/two-factor/remove          -                    302 200* 302  302  302  -    302
POST   /accounts/two-factor/remove          -                    302 200* 302  302  302  -    302
PUT    /accounts/two-factor/remove          -                    302 200* 302  302  302  -    302
GET    /accounts/two-factor/passkey/<int:pk>/remove -           302 302  302  302  302  -    302
POST   /accounts/two-factor/passkey/<int:pk>/remove -           302 302  404  302  404  -    404

# Pages of staff.
GET    /staff/models/<slug:name>/compare predictions.view_modelversion 302 403 403 302 403 200 200
POST   /staff/models/<slug:name>/compare predictions.change_modelversion 302 403 403 302 403 200 200
PUT    /staff/models/<slug:name>/compare predictions.change_modelversion 302 403 403 302 403 200 200
GET    /staff/comparisons/<id:pk>        predictions.view_modelversion 302 403 403 302 403 200 200
GET    /staff/comparisons/<id:pk>/cancel predictions.view_modelversion 302 403 403 302 403 302 302
POST   /staff/comparisons/<id:pk>/cancel predictions.change_modelversion 302 403 403 302 403 302 302

# Signing up, in and out.
GET    /accounts/signup                     -                    200 302  302  200  302  -    302
POST   /accounts/signup                     -                    200 302  302  200  302  -    302
PUT    /accounts/signup                     -                    200 302  302  200  302  -    302
POST   /accounts/signup/hints               -                    200 200  200  200  200  -    200
GET    /accounts/login                      -                    200 302  302  200  302  -    302
POST   /accounts/login                      -                    200 302  302  200  302  -    302
PUT    /accounts/login                      -                    200 302  302  200  302  -    302
GET    /accounts/login/passkey              -                    302 302  302  302  302  -    302
POST   /accounts/login/passkey              -                    200 200  200  200  200  -    200
GET    /accounts/login/second-step          -                    302 302  302  302  302  -    302
POST   /accounts/login/second-step          -                    302 302  302  302  302  -    302
PUT    /accounts/login/second-step          -                    302 302  302  302  302  -    302
GET    /accounts/logout                     -                    302 302  302  302  302  -    302
POST   /accounts/logout                     -                    302 302  302  302  302  -    302
GET    /accounts/password-reset             -                    200 200  200  200  200  -    200
POST   /accounts/password-reset             -                    200 200  200  200  200  -    200
PUT    /accounts/password-reset             -                    200 200  200  200  200  -    200
GET    /accounts/password-reset/sent        -                    200 200  200  200  200  -    200
GET    /accounts/password-reset/<uidb64>/<token> -               200 200  200  200  200  -    200
POST   /accounts/password-reset/<uidb64>/<token> -               200 200  200  200  200  -    200
PUT    /accounts/password-reset/<uidb64>/<token> -               200 200  200  200  200  -    200

# The admin but for its models. Others than staff are sent to sign in.
GET    /admin/                              -                    302 302  302  302  200  -    200
POST   /admin/                              -                    302 302  302  302  200  -    200
GET    /admin/login/                        -                    302 403  403  302  302  -    302
GET    /admin/logout/                       -                    302 302  302  302  405  -    405
POST   /admin/logout/                       -                    302 302  302  302  302  -    302
GET    /admin/password_change/              -                    302 302  302  302  302  -    302
GET    /admin/password_change/done/         -                    302 302  302  302  200  -    200
POST   /admin/password_change/done/         -                    302 302  302  302  405  -    405
GET    /admin/autocomplete/                 -                    302 302  302  302  403  -    403
POST   /admin/autocomplete/                 -                    302 302  302  302  405  -    405
GET    /admin/jsi18n/                       -                    302 302  302  302  200  -    200
POST   /admin/jsi18n/                       -                    302 302  302  302  405  -    405
GET    /admin/r/<path:content_type_id>/<path:object_id>/ -       302 302  302  302  302  -    302
POST   /admin/r/<path:content_type_id>/<path:object_id>/ -       302 302  302  302  302  -    302
GET    /admin/<app_label>/                  predictions.view_prediction 302 302 302 302 404 200 200
POST   /admin/<app_label>/                  predictions.view_prediction 302 302 302 302 404 200 200
GET    /admin/<url>                         -                    302 302  302  302  404  -    404
POST   /admin/<url>                         -                    302 302  302  302  404  -    404
GET    /admin/accounts/user/<id>/password/  accounts.change_user 302 302  302  302  403  200* 200*
POST   /admin/accounts/user/<id>/password/  accounts.change_user 302 302  302  302  403  200* 200*
GET  /admin/predictions/image/<int:pk>/picture predictions.view_image 302 302 302 302 403 200* 200*
POST /admin/predictions/image/<int:pk>/picture predictions.view_image 302 302 302 302 403 200* 200*
"""

# Below /models/<slug:name>, for those who teach the classifier: what its owner gets, also with an
# API token, staff who may change classifiers, and a superuser. Others get 404. (To open a picture,
# staff need a right to see people's pictures, too.)
TEACHING_API = """
GET    /classes                   200* 200* 200*
POST   /classes                   400  400  400
GET    /classes/<slug:key>        200* 200* 200*
PATCH  /classes/<slug:key>        400  400  400
DELETE /classes/<slug:key>        204  204  204
GET    /examples                  200* 200* 200*
POST   /examples                  400  400  400
GET    /examples/<int:pk>         200* 200* 200*
PATCH  /examples/<int:pk>         400  400  400
DELETE /examples/<int:pk>         204  204  204
GET    /examples/<int:pk>/image   200* 404  200*
POST   /archives                  400  400  400
GET    /archives/<id:pk>          200* 200* 200*
DELETE /archives/<id:pk>          409  409  409
POST   /versions/<int:pk>/export  202* 202* 202*
POST   /packages                  400  400  400
GET    /packages/<id:pk>          200* 200* 200*
DELETE /packages/<id:pk>          409  409  409
GET    /packages/<id:pk>/file     200* 200* 200*
GET    /corrections               200  200  200
POST   /corrections               400  400  400
GET    /problems                  200* 200* 200*
GET    /trainings                 200  200  200
POST   /trainings                 400  400  400
GET    /trainings/<id:pk>         200  200  200
DELETE /trainings/<id:pk>         409  409  409
GET    /trainings/<id:pk>/outcomes 200* 200* 200*
"""

# Below /teach/<slug:name>: what those who teach it get with GET and POST: the owner, staff who may
# change classifiers. Others do not find it. (What is empty is refused where it came from.)
TEACHING = """
-                                 200* -
/title                            302  302
/public                           302  302
/share                            302  302
/unshare                          302  302
/delete                           200  302
/classes                          302  302
/classes/<int:pk>                 200* 302
/classes/<int:pk>/pictures        302  302
/classes/<int:pk>/delete          200* 302
/examples                         302  302
/archives                         302  302
/archives/<id:pk>                 200* -
/archives/<id:pk>/cancel          302  302
/versions/<int:pk>/export         302  302
/packages                         302  302
/packages/<id:pk>                 200* -
/packages/<id:pk>/file            200* -
/packages/<id:pk>/cancel          302  302
/packages/<id:pk>/use             302  302
/corrections                      200  302
/rollback                         302  302
/trainings                        302  302
/trainings/<id:pk>                200* -
/trainings/<id:pk>/cancel         302  302
/trainings/<id:pk>/pictures       302  -
/trainings/<id:pk>/use            302  302
/trainings/<id:pk>/try            200  400
"""
