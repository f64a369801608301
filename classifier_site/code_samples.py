"""What programs ask most, in curl, Python and JavaScript, as /docs and /redoc show it.

Each takes SITE and TOKEN, which the first one makes; the Python lines need `requests`.
"""

from typing import Any

SAMPLES = {
    "login": {
        "bash": """
TOKEN=$(curl -s $SITE/login -d username=ada@example.com --data-urlencode password='correct horse' \\
    | python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')
echo "$TOKEN"
""",
        "python": """
person = {"username": "ada@example.com", "password": "correct horse"}
TOKEN = requests.post(f"{SITE}/login", data=person).json()["access_token"]
headers = {"Authorization": f"Bearer {TOKEN}"}
""",
        "javascript": """
const body = new URLSearchParams({ username: "ada@example.com", password: "correct horse" });
const answer = await fetch(`${SITE}/login`, { method: "POST", body });
const headers = { Authorization: `Bearer ${(await answer.json()).access_token}` };
""",
    },
    "predict": {
        "bash": """
curl -s $SITE/model/predict \\
    -H "Authorization: Bearer $TOKEN" \\
    -F file=@coffee.png
""",
        "python": """
with open("coffee.png", "rb") as file:
    answer = requests.post(f"{SITE}/model/predict", headers=headers, files={"file": file}).json()
print(answer["prediction"], answer["score"])
""",
        "javascript": """
const body = new FormData(); body.append("file", file);
const answer = await fetch(`${SITE}/model/predict`, { method: "POST", headers, body });
console.log((await answer.json()).prediction);
""",
    },
    "predictions_create": {
        "bash": """
curl -s $SITE/model/predictions \\
    -H "Authorization: Bearer $TOKEN" \\
    -F file=@coffee.png -F file=@rocket.jpg
""",
        "python": """
files = [("file", open(name, "rb")) for name in ("coffee.png", "rocket.jpg")]
entries = requests.post(f"{SITE}/model/predictions", headers=headers, files=files).json()
print([entry["url"] for entry in entries])
""",
        "javascript": """
const body = new FormData(); for (const file of files) body.append("file", file);
const answer = await fetch(`${SITE}/model/predictions`, { method: "POST", headers, body });
console.log((await answer.json()).map((entry) => entry.url));
""",
    },
    "predictions_list": {
        "bash": """
curl -s $SITE/model/predictions?limit=5 \\
    -H "Authorization: Bearer $TOKEN" \\
    -H "Accept: application/json"
""",
        "python": """
predictions = requests.get(f"{SITE}/model/predictions?limit=5", headers=headers).json()
for each in predictions:
    print(each["created_at"], each["prediction"])
""",
        "javascript": """
const answer = await fetch(`${SITE}/model/predictions?limit=5`, { headers });
for (const each of await answer.json()) console.log(each.created_at, each.prediction);
""",
    },
    "predictions_feedback": {
        "bash": """
curl -s $SITE/model/predictions/$ID/feedback \\
    -H "Authorization: Bearer $TOKEN" \\
    -H "Content-Type: application/json" -d '{"correct": true}'
""",
        "python": """
said = {"correct": True}
address = f"{SITE}/model/predictions/{ID}/feedback"
print(requests.post(address, headers=headers, json=said).status_code)
""",
        "javascript": """
const [address, body] = [`${SITE}/model/predictions/${ID}/feedback`, new FormData()];
body.append("correct", true);
console.log((await fetch(address, { method: "POST", headers, body })).status);
""",
    },
}


def show_code_samples(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Adds them to the descriptions. A postprocessing hook of drf-spectacular."""
    for operations in result["paths"].values():
        for operation in operations.values():
            samples = SAMPLES.get(operation["operationId"], {})
            blocks = [f"```{language}\n{code.strip()}\n```" for language, code in samples.items()]
            operation["description"] = "\n\n".join([operation.get("description", ""), *blocks])
    return result
