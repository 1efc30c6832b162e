"""Problems of a sender who looks up a case and writes again."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "too-many-lookups": Wording(
        429,
        "Có quá nhiều lượt tra cứu từ mạng này. Xin thử lại sau {minutes} phút.",
        "Too many look-ups came from this network. Please try again in {minutes} minutes.",
    ),
    "lookups-busy": Wording(
        429,
        "Đang có nhiều người tra cứu cùng lúc. Xin thử lại sau một phút.",
        "Many people are looking something up at this moment. Please try again in a minute.",
    ),
    "word-empty": Wording(
        422,
        "Xin viết vài chữ rồi gửi.",
        "Please write a few words, then send.",
    ),
    "word-too-long": Wording(
        422,
        "Nội dung dài {count} ký tự, nhiều hơn mức {most}. Xin rút ngắn, hoặc gửi thành nhiều lần.",
        "Your text has {count} characters, more than {most}. Please shorten it, or send it in parts.",
    ),
    "wish-missing": Wording(
        422,
        "Xin chọn xem, sửa hoặc xóa.",
        "Please choose to see, correct or delete.",
    ),
    "no-words-now": Wording(
        503,
        "Nhà trường tạm thời chưa nhận được lời viết thêm. Xin gửi lại sau, hoặc gặp trực tiếp nhà trường.",
        "The school cannot take more words at this moment. Please send again later, or come in person.",
    ),
    "answer-moved-on": Wording(
        409,
        "Việc này vừa có thay đổi, nên nhà trường chưa ghi nhận lựa chọn của quý vị. Xin xem lại ở dưới.",
        "Something has changed meanwhile, so your choice was not recorded. Please look again below.",
    ),
    "case-waits": Wording(
        200,
        "Ý kiến của quý vị đã được nhận và giữ kín. Máy chủ đang chờ chỉnh lại giờ; số phản ánh và ngày "
        "trả lời sẽ có ở đây sau đó.",
        "Your words have arrived and are kept sealed. The server waits for its clock to be set; the number "
        "and the day of the answer will be here after that.",
    ),
}
