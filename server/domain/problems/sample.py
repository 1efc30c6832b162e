"""Problems of the sample school."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "school-not-sample": Wording(
        409,
        "Trường “{slug}” không là trường mẫu: đánh giá giả sẽ lẫn với đánh giá thật. Nếu vẫn muốn: --yes.",
        "The school '{slug}' is no sample: made-up ratings would mix with real ones. To do it anyway: --yes.",
    ),
}
