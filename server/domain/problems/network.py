"""Problems of ports, the broker, certificates and public addresses."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "port-taken": Wording(
        500,
        "Cổng {port} đang được dùng. Xin chọn cổng khác bằng {option}.",
        "port {port} is already taken; choose another with {option}",
    ),
    "cannot-listen": Wording(
        500,
        "Không thể mở {host}:{port} ({reason}). Xin chọn địa chỉ hoặc cổng khác bằng --host và {option}.",
        "cannot listen on {host}:{port} ({reason}); choose another address or port with --host and {option}",
    ),
    "broker-not-started": Wording(
        500,
        "Không khởi động được bộ trung chuyển tin ở cổng {port} ({reason}). Xin khởi động lại chương trình.",
        "the broker on port {port} did not start ({reason}); start the program again",
    ),
    "bad-broker": Wording(
        400,
        "Địa chỉ máy chủ MQTT không đúng. Mẫu: mqtt://người-dùng:mật-khẩu@máy:cổng hoặc mqtts://…",
        "The broker's address cannot be used. Write mqtt://user:password@host:port (mqtts:// for TLS).",
    ),
    "no-certificate": Wording(
        500,
        "Không có tệp chứng thư {path}. Xin xem lại thiết đặt tls_cert, tls_key, tls_ca.",
        "There is no file {path}: check the settings tls_cert, tls_key and tls_ca.",
    ),
    "bad-host": Wording(
        400,
        "“{host}” không phải là tên máy hay địa chỉ.",
        "'{host}' is neither a host name nor an address.",
    ),
    "bad-certificate": Wording(
        500,
        "Không dùng được chứng thư {path} (dạng PEM) cùng khóa của nó. Tạo mới bằng: hailong tls make.",
        "The certificate {path} (PEM) cannot be used with its key. Make one: hailong tls make.",
    ),
    "no-public-url": Wording(
        409,
        "Chưa in được: chưa đặt địa chỉ mà điện thoại mở được. Xin kỹ thuật viên ghi public_url vào tệp "
        "hailong.toml rồi chạy lại máy chủ.",
        "Nothing is printed without an address that phones can open: set public_url in hailong.toml and "
        "start the server again.",
    ),
    "public-url-wrong": Wording(
        409,
        "Chưa in được: địa chỉ {address} hiện không ai mở được. Xin kỹ thuật viên sửa public_url trong tệp "
        "hailong.toml cho đúng địa chỉ và cổng (máy chủ này chạy ở {served}) rồi chạy lại máy chủ.",
        "Nothing is printed with {address}: this server does not answer there, so nobody could open it. Set "
        "public_url in hailong.toml to the address that phones open (this server's own port is {served}), "
        "and start the server again.",
    ),
    "public-broker-wrong": Wording(
        409,
        "Chưa ghép được máy: địa chỉ {address} để máy gửi đánh giá hiện không ai mở được. Xin kỹ thuật viên "
        "xem máy chủ MQTT ở đó có chạy không; nếu sai địa chỉ, sửa public_broker trong tệp hailong.toml (máy "
        "chủ này dùng {served}) rồi chạy lại máy chủ.",
        "No device is given {address}: no broker answers there, so none could send anything. See that it "
        "runs; where the address is wrong, set public_broker in hailong.toml to the one that devices open "
        "(this server uses {served}), and start the server again.",
    ),
}
