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
