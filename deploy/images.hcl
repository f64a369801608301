# The images of a release for `docker buildx bake`, under the names that the Helm chart expects.

variable "REPOSITORY" {}
variable "VERSION" {}
variable "REVISION" {}

target "images" {
  name       = image
  matrix     = { image = ["web", "worker", "prepare", "training", "backup", "mlflow"] }
  context    = "."
  target     = image
  platforms  = ["linux/amd64", "linux/arm64"]
  tags       = ["${REPOSITORY}-${image}:${VERSION}"]
  labels = {
    "org.opencontainers.image.version"  = VERSION
    "org.opencontainers.image.revision" = REVISION
    "org.opencontainers.image.licenses" = "MIT"
  }
}
