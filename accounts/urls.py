from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import api, views

urlpatterns = [
    # API
    path("login", api.LoginView.as_view(), name="api-login"),
    path("login/refresh", api.RefreshView.as_view(), name="api-refresh"),
    path("logout", api.LogoutView.as_view(), name="api-logout"),
    path("users", api.UsersView.as_view(), name="users"),
    path("users/me", api.MeView.as_view(), name="me"),
    path("users/<int:pk>", api.UserView.as_view(), name="user"),
    path("user", api.UserAliasView.as_view()),
    path("user/<int:pk>", api.UserAliasDetailView.as_view()),
    # Pages
    path("accounts", views.AccountView.as_view(), name="account"),
    path("accounts/language", views.LanguageView.as_view(), name="language"),
    path("accounts/signup", views.SignupView.as_view(), name="signup"),
    path("accounts/login", views.LoginView.as_view(), name="login"),
    path("accounts/logout", LogoutView.as_view(), name="logout"),
    path("accounts/password-reset", views.PasswordResetView.as_view(), name="password_reset"),
    path(
        "accounts/password-reset/sent",
        views.PasswordResetDoneView.as_view(),
        name="password_reset_done",
    ),
    path(
        "accounts/password-reset/<uidb64>/<token>",
        views.PasswordResetConfirmView.as_view(),
        name="password_reset_confirm",
    ),
]
