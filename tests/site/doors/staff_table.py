"""Who gets what at the doors of the pages for staff; see table.py."""

STAFF = """
# Similar pictures, for staff who may be shown pictures.
GET  /staff/pictures/<int:pk>/similar predictions.view_image 302 403 403 302 403 200 200

# What reviewers look at. (What an empty form says is not found.)
GET    /review                              review.add_decision  302 403  403  302  403  200  200
GET    /review/pictures/<str:shown>         review.add_decision  302 403  403  302  403  200* 200*
GET    /review/pictures/<str:shown>/<int:width> review.add_decision 302 403 403 302 403 200* 200*
GET    /review/labels/<int:pk>/<slug:name>  review.add_decision  302 403  403  302  403  200* 200*
POST   /review/labels/<int:pk>/<slug:name>  review.add_decision  302 403  403  302  403  404  404
GET    /review/accuracy                     review.view_decision 302 403 403  302  403  200  200
GET    /review/confusion                    review.view_decision 302 403 403  302  403  200  200
GET    /review/confusion/pictures           review.view_decision 302 403 403  302  403  200  200
GET    /review/<slug:name>/<slug:queue>     review.add_decision  302 403  403  302  403  200* 200*
POST   /review/<slug:name>/<slug:queue>     review.add_decision  302 403  403  302  403  404  404

# Data sets.
GET  /data-sets data_sets.add_datasetexport 302 403 403 302 403 200 200
GET  /data-sets/exports data_sets.add_datasetexport 302 403 403 302 403 302 302
POST /data-sets/exports data_sets.add_datasetexport 302 403 403 302 403 404 404
GET  /data-sets/exports/<id:pk> data_sets.add_datasetexport 302 403 403 302 403 200 200
GET  /data-sets/exports/<id:pk>/file data_sets.add_datasetexport 302 403 403 302 403 200 200
GET  /data-sets/exports/<id:pk>/cancel data_sets.add_datasetexport 302 403 403 302 403 302 302
POST /data-sets/exports/<id:pk>/cancel data_sets.add_datasetexport 302 403 403 302 403 302 302
GET  /data-sets/imports data_sets.add_datasetimport 302 403 403 302 403 302 302
POST /data-sets/imports data_sets.add_datasetimport 302 403 403 302 403 404 404
GET  /data-sets/imports/<id:pk> data_sets.add_datasetimport 302 403 403 302 403 200 200
GET  /data-sets/imports/<id:pk>/cancel data_sets.add_datasetimport 302 403 403 302 403 302 302
POST /data-sets/imports/<id:pk>/cancel data_sets.add_datasetimport 302 403 403 302 403 302 302
GET  /data-sets/imports/<id:pk>/delete data_sets.add_datasetimport 302 403 403 302 403 302 302
POST /data-sets/imports/<id:pk>/delete data_sets.add_datasetimport 302 403 403 302 403 302 302
"""

# The same over the API, below /models/<slug:name>/data-sets: for those with the permission to add
# such work, and with an API token only if it was asked for.
DATA_SETS_API = """
GET    /exports                 export 200
POST   /exports                 export 202
GET    /exports/<id:pk>         export 200
DELETE /exports/<id:pk>         export 409
GET    /exports/<id:pk>/file    export 200
GET    /imports                 import 200
POST   /imports                 import 400
GET    /imports/<id:pk>         import 200
DELETE /imports/<id:pk>         import 204
POST   /imports/<id:pk>/cancel  import 409
"""
